// Says which of two mounted apps Express takes a path to. Arguments: PORT
import express from 'express'

const app = express()
app.use('/admin', (request, response) => response.send('admin'))
app.use('/', (request, response) => response.send('site'))
app.listen(Number(process.argv[2]), '127.0.0.1')
