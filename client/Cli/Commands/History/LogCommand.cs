using System.CommandLine;
using Monorepo.Cli.Commands.History.Log;
using Monorepo.Cli.Output.Graph;
using Monorepo.Cli.Output.Log;
using Monorepo.Workspace.History;
using Monorepo.Workspace.History.Walking;
using Monorepo.Workspace.Trees;

namespace Monorepo.Cli.Commands.History;

/// <summary><c>mr log</c>: the history, local and offline; of paths with the server's index.</summary>
public static class LogCommand
{
    private const int CancellationCheckMask = 0xFF;

    public static Command Create(Surroundings surroundings)
    {
        LogOptions options = new();
        Command command = new("log", "Show commits, newest first, as git log does.");
        options.AddTo(command);
        return command.Does(surroundings, async (parse, context, cancellationToken) =>
        {
            DateTimeOffset now = TimeProvider.System.GetUtcNow();
            LogRequest request = options.Read(parse, context.Settings, now, TimeZoneInfo.Local);
            LogSelection selection = await LogSelection.CreateAsync(context, request, cancellationToken);
            ILogFormat format = LogFormats.Create(context, request.Style, now);
            await (request.Changes.IsEmpty
                ? PrintAsync(context, request, selection, format, cancellationToken)
                : PrintWithChangesAsync(context, request, selection, format, cancellationToken));
            selection.End.Tell();
            ThrowIfPartial(context, request);
            return ExitCode.Success;
        });
    }

    /// <summary>What is here was printed; whoever reads it must know that it may not be all.</summary>
    private static void ThrowIfPartial(CommandContext context, LogRequest request)
    {
        if (request.Paths.Count > 0 && context.PathHistories.Failure is { } failure)
        {
            long unknown = context.Clone.History.ServerCount - context.PathHistories.UnknownFrom;
            throw new CommandException(
                ExitCode.Unavailable, $"{failure.Message} What is above was kept from before; of the newest {unknown:N0} commits it is not known here whether they changed {request.Paths[0]}.");
        }
    }

    private static Task PrintAsync(CommandContext context, LogRequest request, LogSelection selection, ILogFormat format, CancellationToken cancellationToken)
    {
        CommitLog log = context.Clone.History;
        GraphRenderer? graph = request.Graph ? new GraphRenderer(context.Output.IsColored) : null;
        WantedCommits? drawn = request.Graph ? selection.CreateSet() : null;
        LogPrinter printer = new(context.Output, format, graph);
        CommitReader reader = log.OpenReader();
        int printed = 0;
        foreach (int position in selection.Choose())
        {
            if ((printed++ & CancellationCheckMask) == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            graph?.Update(position, selection.GraphParents(position, drawn!));
            reader.MoveTo(position);
            printer.Print(new LogEntry(log.IdAt(position), reader));
        }

        return Task.CompletedTask;
    }

    private static async Task PrintWithChangesAsync(
        CommandContext context, LogRequest request, LogSelection selection, ILogFormat format, CancellationToken cancellationToken)
    {
        CommitLog log = context.Clone.History;
        LogPrinter printer = new(context.Output, format);
        CommitReader reader = log.OpenReader();
        using LogPatches patches = new(context.Output, context.Objects, request.Changes, format, context.Abbreviation(request.Style.Digits), context.Surroundings.Columns);
        ChangedCommits changed = new(log, context.Objects, PathLimit.Resolve(context, request), request.FirstParent, request.Changes.Read);
        await foreach ((int position, IReadOnlyList<TreeChange> changes) in changed.ReadAsync(selection.Choose(), cancellationToken))
        {
            reader.MoveTo(position);
            printer.Print(new LogEntry(log.IdAt(position), reader));
            await patches.WriteAsync(changes, cancellationToken);
        }
    }
}
