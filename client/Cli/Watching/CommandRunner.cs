using Monorepo.Formats.Watching;

namespace Monorepo.Cli.Watching;

/// <summary>
/// Runs commands in the watcher's process, one at a time, with a connection to the server and a history that stay open between them. Only
/// what succeeds soon and has nothing to say beside its output counts: whoever asked runs everything else, with messages where they belong.
/// Thread-safe.
/// </summary>
internal sealed class CommandRunner : IDisposable
{
    /// <summary>More is printed by who asked: little of the time is saved then.</summary>
    private const int OutputBytesMax = 1 << 20;

    /// <summary>Who asks for one path's history asks for another's soon, or not for long.</summary>
    private static readonly TimeSpan s_idleTimeout = TimeSpan.FromMinutes(5);

    private readonly Surroundings _surroundings;
    private readonly string _environment = CommandEnvironment.Describe();
    private readonly object _gate = new();
    private readonly SharedResources _shared = new(s_idleTimeout);
    private readonly Timer _idle;

    /// <param name="surroundings">The watcher's.</param>
    public CommandRunner(Surroundings surroundings)
    {
        _surroundings = surroundings;
        _idle = new Timer(static state => ((CommandRunner)state!).LetGo(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public CommandAnswer Run(CommandQuestion question)
    {
        if (!WatchedCommand.IsOne([.. question.Arguments]))
            return Refuse("the watcher runs no such command");
        if (!string.Equals(question.Environment, _environment, StringComparison.Ordinal))
            return Refuse("the watcher is of another program or has another environment");
        if (!Monitor.TryEnter(_gate))
            return Refuse("the watcher runs another command");
        try
        {
            _idle.Change(s_idleTimeout, Timeout.InfiniteTimeSpan);
            using CancellationTokenSource patience = new(TimeSpan.FromMilliseconds(question.PatienceMs));
            return Run(question, patience.Token);
        }
        finally
        {
            Monitor.Exit(_gate);
        }
    }

    public void Dispose()
    {
        _idle.Dispose();
        lock (_gate)
        {
            _shared.Dispose();
        }
    }

    private CommandAnswer Run(CommandQuestion question, CancellationToken cancellationToken)
    {
        using BoundedOutput output = new(OutputBytesMax);
        Surroundings surroundings = _surroundings with
        {
            WorkingDirectory = question.WorkingDirectory,
            Columns = question.Columns,
            OutputIsTerminal = question.IsTerminal,
            TerminalIsDumb = question.IsDumb,
            OpenOutput = () => output,
            Shared = _shared,
        };

        // Nothing else in this process prints.
        using StringWriter errors = new();
        TextWriter log = Console.Error;
        Console.SetError(errors);
        int code;
        try
        {
            code = CommandLine.RunAsync(surroundings, ["--no-pager", .. question.Arguments], cancellationToken).GetAwaiter().GetResult();
        }
        finally
        {
            Console.SetError(log);
        }

        if (code == (int)ExitCode.Success && errors.GetStringBuilder().Length == 0 && !output.IsFull)
            return new CommandAnswer(WatchOutcome.Done, "", output.Written);

        // What is open may be why: a connection that leads nowhere any more, a file that is damaged.
        _shared.Dispose();
        return Refuse("the command did not end as most do");
    }

    private void LetGo()
    {
        lock (_gate)
        {
            _shared.Dispose();
        }

        GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }

    private static CommandAnswer Refuse(string why) => new(WatchOutcome.Unavailable, why, default);
}
