using System.CommandLine;
using Monorepo.Cli.Commands.History.Log;
using Monorepo.Cli.Output.Graph;
using Monorepo.Cli.Output.Log;
using Monorepo.Workspace.History;
using Monorepo.Workspace.History.Walking;

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
            LogRequest request = options.Read(parse, now, TimeZoneInfo.Local);
            LogSelection selection = await LogSelection.CreateAsync(context, request, cancellationToken);
            ILogFormat format = LogFormats.Create(context, request.Style, now);
            Print(context, request, selection, format, cancellationToken);
            return ExitCode.Success;
        });
    }

    private static void Print(CommandContext context, LogRequest request, LogSelection selection, ILogFormat format, CancellationToken cancellationToken)
    {
        CommitLog log = context.Clone.History;
        GraphRenderer? graph = request.Graph ? new GraphRenderer() : null;
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
    }
}
