using Monorepo.Core;
using Monorepo.Workspace.History;
using Monorepo.Workspace.History.Matching;
using Monorepo.Workspace.History.Walking;
using Monorepo.Workspace.Paths;
using Monorepo.Workspace.Revisions;

namespace Monorepo.Cli.Commands.History.Log;

/// <summary>
/// The commits that a request chooses, in its order: the walk, then every filter, then skip and count, then the reversal. Lazy but for
/// the reversal.
/// </summary>
/// <param name="log">The history.</param>
/// <param name="request">What was asked.</param>
/// <param name="query">Where the walk starts and ends.</param>
/// <param name="end">Notes where a shallow clone's commits end.</param>
/// <param name="filters">All must show a commit.</param>
internal sealed class LogSelection(CommitLog log, LogRequest request, LogQuery query, ShallowEnd end, IReadOnlyList<ICommitFilter> filters)
{
    private readonly List<int> _parents = [];

    /// <summary>Where the walk ended because a shallow clone has no more.</summary>
    public ShallowEnd End => end;

    /// <summary>Resolves the request's revisions.</summary>
    /// <exception cref="CommandException">One names no commit.</exception>
    public static async Task<LogSelection> CreateAsync(CommandContext context, LogRequest request, CancellationToken cancellationToken)
    {
        CommitLog log = context.Clone.History;
        List<int> tips = [];
        List<int> excluded = [];
        foreach (string text in request.Revisions.Count == 0 && !request.All ? ["HEAD"] : request.Revisions)
        {
            if (text.StartsWith('^'))
            {
                excluded.Add(Position(context, await context.ResolveCommitAsync(text[1..], cancellationToken)));
                continue;
            }

            RevisionRange range = await context.ResolveRangeAsync(text, cancellationToken);
            int right = Position(context, range.Left is null ? await context.ResolveCommitAsync(text, cancellationToken) : range.Right.Id);
            if (range.Left is { } leftResult)
            {
                int left = Position(context, leftResult.Id);
                excluded.AddRange(range.IsSymmetric ? CommitWalk.MergeBases(log, left, right).Select(b => b.Position) : [left]);
                tips.AddRange(range.IsSymmetric ? [left] : []);
            }

            tips.Add(right);
        }

        if (request.All)
        {
            AddAll(context, tips);
        }

        ShallowEnd end = new(log);
        LogQuery query = new(tips, excluded) { Order = request.Order, FirstParent = request.FirstParent, SinceSeconds = request.SinceSeconds, OnCut = end.Note };
        if (request.Paths.Count > 0)
        {
            query = await PathLimit.ApplyAsync(context, request, query, cancellationToken);
        }

        return new LogSelection(log, request, query, end, request.Criteria.IsEmpty ? [] : [new CriteriaFilter(log, request.Criteria)]);
    }

    /// <summary>Positions of the chosen commits.</summary>
    public IEnumerable<int> Choose()
    {
        IEnumerable<int> chosen = Filtered();
        if (!request.Reverse)
        {
            return chosen;
        }

        List<int> all = [.. chosen];
        all.Reverse();
        return all;
    }

    /// <summary>The parents that a graph draws lines to: those that the walk reaches and the filters show.</summary>
    /// <param name="position">A chosen commit.</param>
    /// <param name="shown">Which positions are in the walk's set.</param>
    public IReadOnlyList<int> GraphParents(int position, WantedCommits shown)
    {
        if (query.Simplifier is PathSimplifier simplifier)
        {
            return [.. simplifier.ShownParents(position, shown.Contains).Where(IsShown)];
        }

        _parents.Clear();
        log.AddKnownParents(position, _parents);
        List<int> drawn = [];
        for (int i = 0; i < _parents.Count && (i == 0 || !request.FirstParent); i++)
        {
            if (shown.Contains(_parents[i]) && IsShown(_parents[i]))
            {
                drawn.Add(_parents[i]);
            }
        }

        return drawn;
    }

    public WantedCommits CreateSet() => new(log, query);

    private IEnumerable<int> Filtered()
    {
        int skip = request.Skip;
        int left = request.Count ?? int.MaxValue;
        if (left == 0)
        {
            yield break;
        }

        foreach (int position in LogWalk.Walk(log, query))
        {
            if (!IsShown(position) || skip-- > 0)
            {
                continue;
            }

            yield return position;
            if (--left == 0)
            {
                end.Stop(position);
                yield break;
            }
        }
    }

    private bool IsShown(int position)
    {
        foreach (ICommitFilter filter in filters)
        {
            if (!filter.Shows(position))
            {
                return false;
            }
        }

        return true;
    }

    private static void AddAll(CommandContext context, List<int> tips)
    {
        CommitLog log = context.Clone.History;
        foreach (RefEntry entry in context.Clone.VisibleRefs().List())
        {
            // Tags may name trees and blobs.
            if (log.TryFind(entry.PeeledTarget, out CommitNode node))
            {
                tips.Add(node.Position);
            }
        }

        if (context.Clone.Head.Commit is { } head && log.TryFind(head, out CommitNode current))
        {
            tips.Add(current.Position);
        }
    }

    private static int Position(CommandContext context, ObjectId id) => context.FindCommit(id).Position;
}
