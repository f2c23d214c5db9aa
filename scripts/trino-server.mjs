// A Trino for tests: finds a JDK, takes the server from Maven Central, starts it on loopback over a folder, and stops it.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const VERSION = 476
const PLUGINS = new Set(['delta-lake', 'hive', 'memory', 'geospatial', 'ml', 'teradata-functions'])

/** The home of a JDK of at least version 24, which Trino needs; undefined where there is none. */
export function findJdk() {
  const folder = '/usr/lib/jvm'
  const homes = [
    process.env.TRINO_JAVA_HOME,
    process.env.JAVA_HOME,
    ...(existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : []),
  ]
  return homes.find((home) => {
    if (!home) return false
    const { stderr, stdout } = spawnSync(join(home, 'bin/java'), ['-version'], { encoding: 'utf8' })
    const version = /version "(\d+)/.exec(`${stderr ?? ''}${stdout ?? ''}`)
    return version !== null && Number(version[1]) >= 24
  })
}

export function hasMaven() {
  return spawnSync('mvn', ['-v'], { stdio: 'ignore' }).status === 0
}

/** Downloads the server once; later runs find it in the cache folder of the user. */
function installServer() {
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache')
  const home = process.env.TRINO_HOME ?? join(cache, `traillake-trino-${VERSION}`)
  const server = join(home, 'server')
  if (existsSync(join(server, 'bin/launcher'))) return server
  console.log(`downloading Trino ${VERSION} (0.8 GB) to ${home}`)
  mkdirSync(home, { recursive: true })
  const archive = join(home, 'server.tar.gz')
  const run = (command, args) => {
    if (spawnSync(command, args, { stdio: 'inherit' }).status !== 0) throw new Error(`${command} failed`)
  }
  run('mvn', [
    '-q',
    'dependency:copy',
    `-Dartifact=io.trino:trino-server:${VERSION}:tar.gz`,
    `-DoutputDirectory=${home}`,
  ])
  renameSync(join(home, `trino-server-${VERSION}.tar.gz`), archive)
  const fresh = join(home, 'server.new')
  rmSync(fresh, { recursive: true, force: true })
  mkdirSync(fresh)
  run('tar', ['xzf', archive, '-C', fresh, '--strip-components=1'])
  for (const plugin of readdirSync(join(fresh, 'plugin')))
    if (!PLUGINS.has(plugin)) rmSync(join(fresh, 'plugin', plugin), { recursive: true })
  rmSync(archive)
  renameSync(fresh, server)
  return server
}

/**
 * Starts a server whose catalogs are `memory` and `delta`, the latter over a new temporary folder.
 *
 * @returns its address, the folder that it calls `local:///`, and how to stop it
 */
export async function startTrino(jdk) {
  const server = installServer()
  const folder = mkdtempSync(join(tmpdir(), 'traillake-trino-'))
  const port = await freePort()
  const root = join(folder, 'root')
  mkdirSync(join(root, 'metastore'), { recursive: true })
  const etc = join(folder, 'etc')
  mkdirSync(join(etc, 'catalog'), { recursive: true })
  const write = (name, lines) => writeFileSync(join(etc, name), `${lines.join('\n')}\n`)
  const data = join(folder, 'data')
  write('node.properties', [
    ...['node.environment=test', 'node.id=one', `node.data-dir=${data}`, `plugin.dir=${join(server, 'plugin')}`],
    ...['node.bind-ip=127.0.0.1', 'node.internal-address=127.0.0.1'],
  ])
  write('jvm.config', [
    ...['-server', '-Xmx3G', '-XX:+UseG1GC', '-Djdk.attach.allowAttachSelf=true', '-Dfile.encoding=UTF-8'],
    '--add-modules=jdk.incubator.vector',
  ])
  write('config.properties', [
    ...['coordinator=true', 'node-scheduler.include-coordinator=true', `http-server.http.port=${port}`],
    ...[`discovery.uri=http://127.0.0.1:${port}`, 'query.max-length=5000000'],
  ])
  write('log.properties', ['io.trino=WARN'])
  write('catalog/memory.properties', ['connector.name=memory'])
  write('catalog/delta.properties', [
    ...['connector.name=delta_lake', 'hive.metastore=file', 'hive.metastore.catalog.dir=local:///metastore'],
    ...['fs.native-local.enabled=true', `local.location=${root}`, 'delta.register-table-procedure.enabled=true'],
  ])
  const child = spawn(join(server, 'bin/launcher'), ['run', '--etc-dir', etc, '--data-dir', data], {
    env: { ...process.env, JAVA_HOME: jdk, PATH: `${join(jdk, 'bin')}:${process.env.PATH}` },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let log = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      log = `${log}${chunk}`.slice(-4000)
    })
  const stop = async () => {
    if (child.exitCode === null) {
      const gone = new Promise((resolve) => child.once('exit', resolve))
      // The launcher becomes the JVM, in a process group of its own.
      process.kill(-child.pid, 'SIGTERM')
      await Promise.race([gone, sleep(20_000)])
      if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid, 'SIGKILL')
    }
    rmSync(folder, { recursive: true, force: true })
  }
  const url = `http://127.0.0.1:${port}`
  for (let second = 0; second < 180; second++) {
    if (child.exitCode !== null) break
    if (await answers(url)) return { url, root, stop }
    await sleep(1000)
  }
  await stop()
  throw new Error(`Trino did not start:\n${log}`)
}

/** True when a server answers and is ready. */
export async function answers(url) {
  try {
    const info = await (await fetch(new URL('/v1/info', url))).json()
    return info.starting === false
  } catch {
    return false
  }
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}
