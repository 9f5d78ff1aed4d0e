namespace Monorepo.Cli.Completion;

/// <summary>
/// What each shell is told to complete <c>mr</c> with: all ask <c>mr __complete</c>, so an installed script knows what the installed program
/// knows. Where that has no answer the shell offers files.
/// </summary>
internal static class ShellScripts
{
    private const string Bash = """
        # bash completion for mr. In a bash-completion folder, or: source <(mr completion bash)
        _mr() {
            local IFS=$'\n'
            local -a answers
            mapfile -t answers < <("${COMP_WORDS[0]}" __complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
            COMPREPLY=("${answers[@]%%$'\t'*}")
        }
        complete -o default -F _mr mr

        """;

    private const string Zsh = """
        #compdef mr
        # zsh completion for mr. In a folder of $fpath as _mr, or: source <(mr completion zsh)
        _mr() {
            local -a answers
            local line
            for line in "${(@f)$("${words[1]}" __complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
                [[ -n $line ]] && answers+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
            done
            if (( $#answers )); then
                _describe 'mr' answers
            else
                _files
            fi
        }
        if [[ $funcstack[1] == _mr ]]; then
            _mr "$@"
        else
            compdef _mr mr
        fi

        """;

    private const string Fish = """
        # fish completion for mr. In ~/.config/fish/completions as mr.fish, or: mr completion fish | source
        function __mr_complete
            set -l words (commandline -opc) (commandline -ct)
            $words[1] __complete -- $words[2..-1] 2>/dev/null
        end
        complete -c mr -a '(__mr_complete)'

        """;

    public static IReadOnlyDictionary<string, string> ByShell { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["bash"] = Bash,
        ["zsh"] = Zsh,
        ["fish"] = Fish,
    };
}
