using Monorepo.Workspace.History;
using Monorepo.Workspace.History.Walking;
using Monorepo.Workspace.Paths;
using Monorepo.Workspace.Remote;

namespace Monorepo.Cli.Commands.History.Log;

/// <summary>Limits a log to paths: asks the server for their histories, and again where the first answer left something open.</summary>
internal static class PathLimit
{
    /// <summary>Changes asked for beyond those to be shown: merges that are passed over, and changes on other branches.</summary>
    private const int SpareChanges = 256;

    /// <summary>The query, with a simplifier that knows all that the walk will ask it.</summary>
    /// <exception cref="CommandException">A path leads out of the working copy, or the server can't be asked.</exception>
    public static async Task<LogQuery> ApplyAsync(CommandContext context, LogRequest request, LogQuery query, CancellationToken cancellationToken)
    {
        CommitLog log = context.Clone.History;
        IReadOnlyList<ReadOnlyMemory<byte>> paths = Resolve(context, request);
        int newest = query.Tips.Count == 0 ? -1 : query.Tips.Max();
        PathHistories histories = new(log, context.PathHistories, context.Objects);
        try
        {
            if (IsShort(request, query) && request.Count is { } count)
            {
                // The newest few are enough for a short log, unless it turns out to look further down.
                PathSimplifier near = await SimplifierAsync(request.Skip + count + SpareChanges);
                List<int> lowest = [.. LogWalk.Walk(log, query with { Simplifier = near }).Take(request.Skip + count)];
                if (near.LowestAsked >= near.CompleteFrom)
                {
                    return query with { Simplifier = near };
                }
            }

            PathSimplifier whole = await SimplifierAsync(0);
            while (paths.Count > 1 || query.Excluded.Count > 0)
            {
                // Each round answers all questions that the walk came to; answers may lead it to more.
                foreach (int _ in LogWalk.Walk(log, query with { Simplifier = whole }))
                {
                    cancellationToken.ThrowIfCancellationRequested();
                }

                if (whole.Questions.Count == 0)
                {
                    break;
                }

                await histories.AnswerAsync(paths, whole, cancellationToken);
            }

            return query with { Simplifier = whole };
        }
        catch (RemoteException e) when (e.IsTransient)
        {
            throw new CommandException(
                ExitCode.Unavailable, $"{e.Message} The histories of paths are kept by the server, and {request.Paths[0]}'s is not here.",
                "'mr log' without paths works offline.");
        }

        async Task<PathSimplifier> SimplifierAsync(int countMax) =>
            new(log, await histories.ReadAsync(paths, newest, countMax, cancellationToken), query.Excluded, request.FirstParent);
    }

    /// <summary>The request's paths, from the root.</summary>
    /// <exception cref="CommandException">A path leads out of the working copy.</exception>
    public static IReadOnlyList<ReadOnlyMemory<byte>> Resolve(CommandContext context, LogRequest request) => [.. request.Paths.Select(p => Resolve(context, p))];

    // Filters may pass over any number of commits.
    private static bool IsShort(LogRequest request, LogQuery query) =>
        request.Paths.Count == 1 && query.Excluded.Count == 0 && query.Order == LogOrder.Date && !request.Graph && request.Criteria.IsEmpty
        && request.Count < int.MaxValue / 2 && request.Skip < int.MaxValue / 2;

    private static ReadOnlyMemory<byte> Resolve(CommandContext context, string typed)
    {
        byte[] path = RepositoryPath.Resolve(context.Clone.Paths.WorkingCopy, context.Surroundings.WorkingDirectory, typed)
            ?? throw new CommandException(ExitCode.Usage, $"'{typed}' is outside of the working copy at {context.Clone.Paths.WorkingCopy}.");
        return path;
    }
}
