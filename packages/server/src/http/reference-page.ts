/** The parts of an OpenAPI document that are shown. */
interface Document {
  readonly info: { readonly title: string; readonly version: string; readonly description: string }
  readonly paths: Readonly<Record<string, Readonly<Record<string, object>>>>
}

interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly description?: string }[]
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { readonly schema: Schema; readonly example?: object }>>
  }
  readonly responses: Readonly<Record<string, { readonly content: object }>>
}

interface Schema {
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, Member>>
}

interface Member {
  readonly type?: string
  readonly description?: string
  readonly enum?: readonly string[]
  readonly default?: unknown
}

const STYLE = `
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 20%, transparent) }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
section { border-top: 1px solid var(--line); padding: .5rem 0 1rem }
h2 { font: 600 1.1rem ui-monospace, monospace; overflow-wrap: anywhere }
h2 b { display: inline-block; min-width: 4rem }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; vertical-align: top; padding: .25rem 1rem .25rem 0; border-bottom: 1px solid var(--line) }
code { font-family: ui-monospace, monospace }
small { opacity: .7 }
`

/** The document as a page that needs nothing from elsewhere. */
export function referencePage({ info, paths }: Document): string {
  // What asks for events comes first, what asks for the state of the server after it.
  const rank = (path: string) => Number(!path.startsWith('/v1/') || path === '/v1/docs')
  const sorted = Object.entries(paths).sort(([a], [b]) => rank(a) - rank(b))
  const sections = sorted.flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => section(method, path, operation as Operation)),
  )
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(info.title)} ${escapeHtml(info.version)}</title>
<style>${STYLE}</style>
<h1>${escapeHtml(info.title)} <small>${escapeHtml(info.version)}</small></h1>
<p>${escapeHtml(info.description)} This page as a document for programs: <a href="/openapi.json">/openapi.json</a>.</p>
<p>Where the server has credentials, requests carry <code>Authorization: Bearer &lt;token&gt;</code>. Errors are
<code>{ "error": { "code", "message" } }</code>.</p>
${sections.join('\n')}
</html>
`
}

function section(method: string, path: string, operation: Operation): string {
  const { operationId, summary, parameters = [], requestBody, responses } = operation
  const { schema: body, example } = requestBody?.content['application/json'] ?? {}
  const rows = [
    ...parameters.map(({ name, in: place, description = '' }) => row(name, `in the ${place}`, description)),
    ...Object.entries(body?.properties ?? {}).map(([name, member]) =>
      row(name, kindOf(member, body?.required?.includes(name) ?? false), describe(member)),
    ),
  ]
  const answers = Object.entries(responses)
    .filter(([status]) => status.startsWith('2'))
    .map(([status, { content }]) => `${status} ${Object.keys(content).map(code).join(', ')}`)
  const refused = Object.keys(responses).filter((status) => !status.startsWith('2'))
  return `<section id="${escapeHtml(operationId)}">
<h2><b>${escapeHtml(method.toUpperCase())}</b> ${escapeHtml(path)}</h2>
<p>${escapeHtml(summary)}.</p>
${rows.length === 0 ? '' : `<table><tr><th>member<th>type<th>meaning\n${rows.join('\n')}\n</table>`}
${example ? `<p>For example ${code(JSON.stringify(example))}` : ''}
<p>Answers ${answers.join(' or ')}${refused.length === 0 ? '.' : `; refused with ${refused.join(', ')}.`}</p>
</section>`
}

function row(name: string, kind: string, meaning: string): string {
  return `<tr><td>${code(name)}<td>${escapeHtml(kind)}<td>${escapeHtml(meaning)}`
}

function kindOf({ type = '' }: Member, isRequired: boolean): string {
  return isRequired ? `${type}, required` : type
}

function describe({ description, enum: values, default: preset }: Member): string {
  return [
    description,
    values && `one of ${values.join(', ')}`,
    preset === undefined ? undefined : `default ${JSON.stringify(preset)}`,
  ]
    .filter((part) => part !== undefined)
    .join('; ')
}

function code(text: string): string {
  return `<code>${escapeHtml(text)}</code>`
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
