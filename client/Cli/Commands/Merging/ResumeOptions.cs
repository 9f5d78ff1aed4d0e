using System.CommandLine;
using Monorepo.Workspace.Unfinished;

namespace Monorepo.Cli.Commands.Merging;

/// <summary>What is to be done with an operation that waits.</summary>
internal enum Resumption
{
    None,
    Continue,
    Skip,
    Abort,
}

/// <summary><c>--continue</c>, <c>--abort</c>, <c>--skip</c> and <c>--json</c>, which all commands that can stop at conflicts have.</summary>
internal sealed class ResumeOptions(OperationKind kind)
{
    private readonly Option<bool> _continue = new("--continue") { Description = "Go on once all conflicts are resolved ('mr resolve')." };
    private readonly Option<bool> _abort = new("--abort") { Description = "Go back to what was checked out before." };
    private readonly Option<bool> _skip = new("--skip") { Description = "Leave the commit out that it stopped at, and go on." };

    private readonly Option<bool> _json = Options.Json("One JSON object: command, result, branch, commit, commits, stoppedAt, notes, conflicts (path, status, kind), refused (path, reason).");

    /// <summary>Whether the end is to be told as JSON.</summary>
    public bool IsJson(ParseResult parse) => parse.GetValue(_json);

    public void AddTo(Command command)
    {
        command.Options.Add(_continue);
        if (kind != OperationKind.Merge)
        {
            command.Options.Add(_skip);
        }

        command.Options.Add(_abort);
        command.Options.Add(_json);
    }

    /// <param name="parse">The command line.</param>
    /// <param name="hasOthers">Whether it says what else to do.</param>
    /// <exception cref="CommandException">It says both, or several.</exception>
    public Resumption Choose(ParseResult parse, bool hasOthers)
    {
        List<Resumption> chosen = [];
        if (parse.GetValue(_continue))
        {
            chosen.Add(Resumption.Continue);
        }

        if (kind != OperationKind.Merge && parse.GetValue(_skip))
        {
            chosen.Add(Resumption.Skip);
        }

        if (parse.GetValue(_abort))
        {
            chosen.Add(Resumption.Abort);
        }

        return chosen.Count + (hasOthers && chosen.Count > 0 ? 1 : 0) > 1
            ? throw new CommandException(ExitCode.Usage, "--continue, --abort and --skip stand alone.")
            : chosen.FirstOrDefault();
    }
}
