// @tus/server as it is, names by chance; with CHECKSUM=1 it verifies each chunk (the checksum extension of tus
// 1.0), NAMED is the address that it thinks it has, EXPIRE_MS how long half uploads stay.
import {createHash} from 'node:crypto'
import {truncate} from 'node:fs/promises'
import http from 'node:http'
import path from 'node:path'
import {Transform} from 'node:stream'
import {FileStore} from '@tus/file-store'
import {Server} from '@tus/server'

const {FOLDER, PORT = '0', CHECKSUM, NAMED = '', EXPIRE_MS = '0'} = process.env
const wanted = new Map()

class Checked extends FileStore {
  constructor(options) {
    super(options)
    this.extensions = [...this.extensions, 'checksum']
  }

  async write(readable, id, offset) {
    const hash = createHash('sha256')
    const watched = new Transform({transform(chunk, _, done) { hash.update(chunk); done(null, chunk) }})
    readable.on('error', (error) => watched.destroy(error))
    const end = await super.write(readable.pipe(watched), id, offset)
    const expected = wanted.get(id)
    if (expected && expected !== hash.digest('base64')) {
      await truncate(path.join(FOLDER, id), offset)
      throw Object.assign(new Error('checksum'), {status_code: 460, body: 'Checksum Mismatch\n'})
    }
    return end
  }
}

const options = {directory: FOLDER, expirationPeriodInMilliseconds: Number(EXPIRE_MS)}
const datastore = CHECKSUM ? new Checked(options) : new FileStore(options)
const tus = new Server({
  path: '/files',
  datastore,
  relativeLocation: !NAMED,
  generateUrl: NAMED ? (_, {path, id}) => `${NAMED}${path}/${id}` : undefined, // what it takes itself for
  lockDrainTimeout: 200,
  onIncomingRequest: async (request, id) => {
    const header = request.headers.get('upload-checksum')
    wanted.set(id, header?.startsWith('sha256 ') ? header.slice(7) : undefined)
  },
})
const server = http.createServer((request, response) => {
  if (CHECKSUM && request.method === 'OPTIONS') response.setHeader('tus-checksum-algorithm', 'sha1,sha256')
  tus.handle(request, response)
})
server.listen(Number(PORT), '127.0.0.1', () => console.log(`listening on 127.0.0.1:${server.address().port}`))
