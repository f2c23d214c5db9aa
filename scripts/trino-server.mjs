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

const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache')
const home = process.env.TRINO_HOME ?? join(cache, `traillake-trino-${VERSION}`)

/** The folder of a server that is there already, in the cache folder of the user; undefined where it has to be downloaded. */
export function findServer() {
  const homes = [home, join(cache, `trino-${VERSION}`)]
  return homes.map((one) => join(one, 'server')).find((server) => existsSync(join(server, 'bin/launcher')))
}

/** Downloads the server. */
function installServer() {
  const server = join(home, 'server')
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

/** Runs a command until it ends or standard input does, so that it does not outlive a process that was killed. */
const WATCHED = `
folder=$1; shift
exec 3<&0
"$@" 3<&- </dev/null & child=$!
exec >/dev/null 2>&1
{ read -r _ <&3; kill -9 $child; } & watch=$!
wait $child; status=$?
kill $watch
rm -rf "$folder"
exit $status
`

/**
 * Starts a server whose catalogs are `memory` and `delta`, the latter over a new temporary folder; CREATE CATALOG makes others.
 * It is downloaded unless it is there. It ends with this process, whatever ends that.
 *
 * @returns its address, the folder that it calls `local:///`, and how to stop it
 */
export async function startTrino(jdk) {
  const server = findServer() ?? installServer()
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
    'catalog.management=dynamic',
  ])
  write('log.properties', ['io.trino=WARN'])
  write('catalog/memory.properties', ['connector.name=memory'])
  write('catalog/delta.properties', [
    ...['connector.name=delta_lake', 'hive.metastore=file', 'hive.metastore.catalog.dir=local:///metastore'],
    ...['fs.native-local.enabled=true', `local.location=${root}`, 'delta.register-table-procedure.enabled=true'],
  ])
  const launcher = [join(server, 'bin/launcher'), 'run', '--etc-dir', etc, '--data-dir', data]
  const child = spawn('/bin/sh', ['-c', WATCHED, 'sh', folder, ...launcher], {
    env: { ...process.env, JAVA_HOME: jdk, PATH: `${join(jdk, 'bin')}:${process.env.PATH}` },
    stdio: 'pipe',
    detached: true,
  })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  let log = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      log = `${log}${chunk}`.slice(-4000)
    })
  const stop = async () => {
    child.stdin.end()
    await ended
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
