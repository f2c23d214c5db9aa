import type { Command } from 'commander'
import { completeWords } from '../completion/complete-words.ts'
import { completionScript, shells } from '../completion/scripts.ts'

export function registerCompletion(program: Command): void {
  program
    .command('completion')
    .description('print what makes a shell complete commands, options and names of stores, views and queries')
    .addArgument(program.createArgument('<shell>', 'the shell').choices(shells))
    .addHelpText(
      'after',
      `
Examples:
  $ echo 'eval "$(traillake completion bash)"' >> ~/.bashrc
  $ echo 'eval "$(traillake completion zsh)"' >> ~/.zshrc          after compinit
  $ traillake completion fish > ~/.config/fish/completions/traillake.fish`,
    )
    .action((shell: (typeof shells)[number]) => {
      process.stdout.write(completionScript(shell))
    })

  // What the scripts ask, word by word; the last one is the one that is typed.
  program
    .command('complete-words', { hidden: true })
    .argument('[words...]')
    .action(async (words: string[]) => {
      const found = await completeWords(program, words)
      process.stdout.write(found.map((word) => `${word}\n`).join(''))
    })
}
