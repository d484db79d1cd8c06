// completion.ts - `kubewire completion bash|zsh|fish`: the script that teaches a shell to complete our words.
import { Argument, type Command } from 'commander';
import { closing } from '../flags.js';

/** Each script asks `kubewire __complete` for candidates, and offers files where there are none. */
const SCRIPTS: Readonly<Record<string, string>> = {
  bash: `# kubewire completion for bash. Load it with: source <(kubewire completion bash)
_kubewire() {
  local IFS=$'\\n' line="\${COMP_LINE:0:COMP_POINT}" word
  word="\${line##*[[:space:]]}"
  local words=()
  IFS=$' \\t\\n' read -r -a words <<<"$line"
  [[ $word == '' ]] && words+=('')
  COMPREPLY=($(kubewire __complete -- "\${words[@]:1}" 2>/dev/null))
  # Readline counts a colon and an equals sign as the end of a word.
  local part="\${word%"\${word##*[=:]}"}"
  COMPREPLY=("\${COMPREPLY[@]#"$part"}")
}
complete -o default -F _kubewire kubewire
`,
  zsh: `#compdef kubewire
# kubewire completion for zsh. Load it with: source <(kubewire completion zsh)
_kubewire() {
  local -a candidates
  candidates=("\${(@f)$(kubewire __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "\${candidates[1]}" ]]; then compadd -- "\${candidates[@]}"; else _files; fi
}
compdef _kubewire kubewire
`,
  fish: `# kubewire completion for fish. Load it with: kubewire completion fish | source
function __kubewire_complete
    set -l words (commandline -opc) (commandline -ct)
    kubewire __complete -- $words[2..-1] 2>/dev/null
end
complete -c kubewire -n 'test -n "$(__kubewire_complete)"' -f -a '(__kubewire_complete)'
`,
};

export function register(program: Command): void {
  const command = program
    .command('completion')
    .description('Print the script that teaches a shell to complete the words of kubewire.')
    .addArgument(new Argument('<shell>').choices(Object.keys(SCRIPTS)))
    .action((shell: string) => {
      process.stdout.write(SCRIPTS[shell] ?? '');
    });
  closing(command, 'source <(kubewire completion bash)\nkubewire completion fish | source');
}
