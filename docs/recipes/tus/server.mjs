// A tus server for bags: an upload is named by its bag, is never begun twice, and reaches `arrivals` only whole.
//
// FOLDER/uploads holds what is under way and a second name of what has arrived (a hard link, no second copy): an upload
// that is asked for again is known. FOLDER/arrivals holds whole bags, for `station receive`, and the receipts beside them.
// Environment: FOLDER, HOST (127.0.0.1), PORT (1080), EXPIRE_DAYS (14); TLS_CERT and TLS_KEY for TLS without a proxy in
// front, CLIENT_CA to ask for client certificates; USERS for a file of `user:password` lines.
import {createHash, timingSafeEqual} from 'node:crypto'
import {createReadStream, readFileSync} from 'node:fs'
import {access, link, mkdir, open, readFile, stat, statfs} from 'node:fs/promises'
import http from 'node:http'
import https from 'node:https'
import path from 'node:path'
import {pipeline} from 'node:stream/promises'
import {FileStore} from '@tus/file-store'
import {Server} from '@tus/server'

const {FOLDER, HOST = '127.0.0.1', PORT = '1080', EXPIRE_DAYS = '14', TLS_CERT, TLS_KEY, CLIENT_CA, USERS} = process.env
const UPLOADS = path.join(FOLDER, 'uploads')
const ARRIVALS = path.join(FOLDER, 'arrivals')
const BASE = '/files'
const NAME = /^[\p{L}\p{N}_][\p{L}\p{N}_.-]*\.tar$/u
const RECEIPT = /^[\p{L}\p{N}_][\p{L}\p{N}_.-]*\.receipt\.json$/u
const ROOM = 1 << 20

const refuse = (status_code, body) => Object.assign(new Error(body), {status_code, body: `${body}\n`})
const exists = (file) => access(file).then(() => true, () => false)

class Uploads extends FileStore {
  async create(upload) {
    try {
      await (await open(path.join(UPLOADS, upload.id), 'wx')).close()
    } catch (error) {
      throw error.code === 'EEXIST' ? refuse(409, 'an upload of this name is here') : await why(error)
    }
    return super.create(upload)
  }

  async write(readable, id, offset) {
    try {
      return await super.write(readable, id, offset)
    } catch (error) {
      throw await why(error)
    }
  }
}

async function room() {
  const disk = await statfs(UPLOADS)
  return disk.bavail * disk.bsize - ROOM
}

const why = async (error) => ((await room()) < 0 ? refuse(507, 'disk full') : error)

// What a request means to bring in the end. Asked before a bag is sent, for an answer in the midst of it is not heard.
async function lacking(request, name) {
  if (request.method === 'POST') return Number(request.headers['upload-length'] ?? 0)
  const upload = await store.getUpload(name).catch(() => null)
  return upload ? upload.size - upload.offset : 0
}

// Whole, and what the sender said it is: then it arrives, durable and never over another. Tells its digest.
async function settle(id) {
  const file = path.join(UPLOADS, id)
  const upload = await store.getUpload(id)
  if (upload.offset !== upload.size) return null
  const digest = upload.metadata?.sha256
  if (!(await exists(path.join(ARRIVALS, id)))) {
    const hash = createHash('sha256')
    await pipeline(createReadStream(file), hash)
    if (hash.digest('hex') !== digest) {
      await store.remove(id)
      throw refuse(460, 'not the bytes that were announced')
    }
    await sync(file)
    await link(file, path.join(ARRIVALS, id)).catch((error) => { if (error.code !== 'EEXIST') throw error })
    await sync(ARRIVALS)
  }
  return `sha-256=:${Buffer.from(digest, 'hex').toString('base64')}:`
}

async function sync(file) {
  const handle = await open(file)
  await handle.sync().finally(() => handle.close())
}

const users = USERS ? new Set(readFileSync(USERS, 'utf8').split('\n').filter(Boolean)) : null

function mayEnter(request) {
  if (!users) return true
  const given = createHash('sha256').update(Buffer.from((request.headers.authorization ?? '').replace(/^Basic /, ''), 'base64')).digest()
  return [...users].some((user) => timingSafeEqual(given, createHash('sha256').update(user).digest()))
}

async function sendReceipt(name, response) {
  const file = path.join(ARRIVALS, name)
  if (!RECEIPT.test(name) || !(await exists(file))) {
    response.writeHead(404).end()
    return
  }
  response.writeHead(200, {'content-type': 'application/json', 'content-length': (await stat(file)).size})
  await pipeline(createReadStream(file), response)
}

async function handle(request, response) {
  if (!mayEnter(request)) {
    response.writeHead(401, {'www-authenticate': 'Basic realm="bags"', 'tus-resumable': '1.0.0'}).end()
    return
  }
  const name = decodeURIComponent(request.url.slice(BASE.length + 1))
  if (request.method === 'GET') return sendReceipt(name, response)
  if (['HEAD', 'POST'].includes(request.method)) {
    const more = await lacking(request, name)
    if (more > 0 && more > (await room())) {
      response.writeHead(507, {'tus-resumable': '1.0.0'}).end()
      return
    }
  }
  if (request.method === 'HEAD' && NAME.test(name) && (await exists(path.join(UPLOADS, `${name}.json`)))) {
    const digest = await settle(name).catch(() => null)
    if (digest) response.setHeader('repr-digest', digest)
  }
  return tus.handle(request, response)
}

await mkdir(UPLOADS, {recursive: true})
await mkdir(ARRIVALS, {recursive: true})
const store = new Uploads({directory: UPLOADS, expirationPeriodInMilliseconds: Number(EXPIRE_DAYS) * 86_400_000})
const tus = new Server({
  path: BASE,
  datastore: store,
  relativeLocation: true,
  lockDrainTimeout: 200, // a connection that died unheard holds its upload no longer than this
  namingFunction: (_, metadata) => {
    if (!NAME.test(metadata?.filename ?? '') || !/^[0-9a-f]{64}$/.test(metadata?.sha256 ?? '')) {
      throw refuse(400, 'filename and sha256 are asked for')
    }
    return metadata.filename
  },
  onUploadFinish: async (_, upload) => ({headers: {'repr-digest': await settle(upload.id)}}),
})
setInterval(() => store.deleteExpired().catch(console.error), 3_600_000).unref()

const answer = (request, response) => handle(request, response).catch((error) => {
  console.error(error)
  response.headersSent ? response.destroy() : response.writeHead(500).end()
})
const tls = TLS_CERT && {
  cert: readFileSync(TLS_CERT),
  key: readFileSync(TLS_KEY),
  ...(CLIENT_CA && {ca: readFileSync(CLIENT_CA), requestCert: true, rejectUnauthorized: true}),
}
const server = tls ? https.createServer(tls, answer) : http.createServer(answer)
server.requestTimeout = 0 // a bag may take hours; a dead line is noticed by `timeout`
server.timeout = 60_000
server.listen(Number(PORT), HOST, () => console.log(`listening on ${HOST}:${server.address().port}`))
