import type { Lake } from '@traillake/core'
import type { Command, Option } from 'commander'
import { withLakeAt } from '../lake-of.ts'

/**
 * What can stand in the place of the last word; nothing where that is a file, a query, or anything else that is not known by name.
 *
 * @param words those after the program's name, the last one as far as it is typed
 */
export async function completeWords(program: Command, words: readonly string[]): Promise<readonly string[]> {
  const typed = words.at(-1) ?? ''
  const { command, option, given, lake } = readWords(program, words.slice(0, -1))
  const found = option
    ? (option.argChoices ?? (await namesIn(lake, STORE_OPTIONS.has(option.long ?? '') ? storeNames : undefined)))
    : typed.startsWith('-')
      ? optionsOf(command)
      : await operandsOf(command, given, lake)
  return found.filter((word) => word.startsWith(typed))
}

/** Options whose value is a store. */
const STORE_OPTIONS: ReadonlySet<string> = new Set(['--store', '--into'])

interface Line {
  readonly command: Command
  /** The option that waits for its value. */
  readonly option: Option | undefined
  /** How many operands the command has already. */
  readonly given: number
  readonly lake: string
}

function readWords(program: Command, words: readonly string[]): Line {
  let command = program
  let option: Option | undefined
  let given = 0
  let lake = process.env.TRAILLAKE_LAKE ?? './lake'
  for (const word of words) {
    if (option) {
      if (option.long === '--lake') lake = word
      option = undefined
    } else if (word.startsWith('-')) {
      const found = allOptions(command).find(({ long, short }) => word === long || word === short)
      option = found?.required ? found : undefined
    } else {
      const sub = command.commands.find((one) => one.name() === word)
      if (sub) command = sub
      else given += 1
    }
  }
  return { command, option, given, lake }
}

function allOptions(command: Command): readonly Option[] {
  return [...command.options, ...(command.parent ? allOptions(command.parent) : [])]
}

function optionsOf(command: Command): readonly string[] {
  const names = allOptions(command).flatMap(({ long, hidden }) => (long && !hidden ? [long] : []))
  return [...new Set([...names, '--help'])].sort()
}

type Names = (lake: Lake) => Promise<readonly string[]>

const storeNames: Names = async (lake) => (await lake.listEventDataStores()).map(({ name }) => name)

/** What commands take that has a name in the lake: by the command and the argument's name. */
const OPERANDS: Readonly<Record<string, Names>> = {
  'queries run name': async (lake) => (await lake.savedQueries.list()).map(({ name }) => name),
  'queries drop name': async (lake) => (await lake.savedQueries.list()).map(({ name }) => name),
  'queries show id': async (lake) => (await lake.history.list()).map(({ id }) => id),
  'queries repeat id': async (lake) => (await lake.history.list()).map(({ id }) => id),
  'queries forget id': async (lake) => (await lake.history.list()).map(({ id }) => id),
  'views show name': async (lake) => (await lake.views.list()).map(({ name }) => name),
  'views drop name': async (lake) => (await lake.views.list()).map(({ name }) => name),
}

async function operandsOf(command: Command, given: number, lake: string): Promise<readonly string[]> {
  const hidden = (one: Command) => (one as unknown as { readonly _hidden?: boolean })._hidden === true
  const subs = given === 0 ? command.commands.filter((one) => !hidden(one)).map((one) => one.name()) : []
  const last = command.registeredArguments.at(-1)
  const argument = command.registeredArguments[given] ?? (last?.variadic ? last : undefined)
  if (!argument) return subs
  const path = command.parent?.parent ? `${command.parent.name()} ${command.name()}` : command.name()
  const isStore = /^stores?$/.test(argument.name())
  return [
    ...subs,
    ...(argument.argChoices ?? (await namesIn(lake, isStore ? storeNames : OPERANDS[`${path} ${argument.name()}`]))),
  ]
}

/** A lake that is not there, or cannot be read, completes nothing. */
async function namesIn(lake: string, names: Names | undefined): Promise<readonly string[]> {
  if (!names) return []
  try {
    return await withLakeAt(lake, { readOnly: true }, names)
  } catch {
    return []
  }
}
