export const shells = ['bash', 'zsh', 'fish'] as const

/*
 * The scripts know nothing of commands: they ask `traillake complete-words`, so that they fit whatever release is installed. Where it
 * has no answer, the shell completes names of files.
 */
const scripts: Readonly<Record<(typeof shells)[number], string>> = {
  bash: `_traillake() {
  local word
  COMPREPLY=()
  while IFS= read -r word; do
    COMPREPLY+=("$word")
  done < <("\${COMP_WORDS[0]}" complete-words -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _traillake traillake
`,
  zsh: `_traillake() {
  local -a found
  found=("\${(@f)$("\${words[1]}" complete-words -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "\${found[1]}" ]]; then compadd -a found; else _files; fi
}
compdef _traillake traillake
`,
  fish: `complete -c traillake -a '(traillake complete-words -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)'
`,
}

export function completionScript(shell: (typeof shells)[number]): string {
  return scripts[shell]
}
