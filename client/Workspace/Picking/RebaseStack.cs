using Monorepo.Core;
using Monorepo.Workspace.History;
using Monorepo.Workspace.History.Walking;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Trees;

namespace Monorepo.Workspace.Picking;

/// <summary>Finds the commits that a rebase moves.</summary>
/// <param name="log">The commits.</param>
/// <param name="objects">Reads trees.</param>
public sealed class RebaseStack(CommitLog log, IObjectSource objects)
{
    /// <summary>How many of the newest commits of the other side are searched for copies of ours.</summary>
    private const int SearchedMax = 100_000;

    /// <summary>
    /// The commits of a tip that another commit has not, without merges and without those of which the other side has a copy: the same author at the same time with
    /// the same message, and the same files with the same contents.
    /// </summary>
    /// <returns>Parents first.</returns>
    public async Task<IReadOnlyList<ObjectId>> FindAsync(CommitNode tip, CommitNode other, CancellationToken cancellationToken)
    {
        List<int> stack = [.. LogWalk.Walk(log, new LogQuery([tip.Position], [other.Position]) { Order = LogOrder.ChildrenFirst }).Where(p => log.GetParents(p).Count < 2)];
        stack.Reverse();
        if (stack.Count == 0)
        {
            return [];
        }

        ILookup<ObjectId, int> copies = FindCopies(stack, tip, other, cancellationToken);
        List<ObjectId> wanted = [];
        foreach (int position in stack)
        {
            bool isThere = false;
            foreach (int copy in copies[Fingerprint(log.Read(position))])
            {
                isThere |= await IsSameChangeAsync(position, copy, cancellationToken);
            }

            if (!isThere)
            {
                wanted.Add(log.IdAt(position));
            }
        }

        return wanted;
    }

    private ILookup<ObjectId, int> FindCopies(List<int> stack, CommitNode tip, CommitNode other, CancellationToken cancellationToken)
    {
        HashSet<long> seconds = [.. stack.Select(p => log.Read(p).Author.UnixSeconds)];
        List<int> alike = [];
        CommitReader reader = log.OpenReader();
        foreach (CommitNode node in CommitWalk.Log(log, [other.Position], [tip.Position]).Take(SearchedMax))
        {
            cancellationToken.ThrowIfCancellationRequested();
            reader.MoveTo(node.Position);
            if (seconds.Contains(reader.Author.UnixSeconds) && log.GetParents(node.Position).Count == 1)
            {
                alike.Add(node.Position);
            }
        }

        return alike.ToLookup(p => Fingerprint(log.Read(p)));
    }

    private async Task<bool> IsSameChangeAsync(int ours, int theirs, CancellationToken cancellationToken)
    {
        TreePair left = ChangeOf(ours);
        TreePair right = ChangeOf(theirs);
        await objects.EnsureDifferencesAsync([left, right], [], cancellationToken);
        IReadOnlyList<TreeChange> here = await TreeDiff.CompareAsync(objects, left.Left, left.Right, cancellationToken);
        IReadOnlyList<TreeChange> there = await TreeDiff.CompareAsync(objects, right.Left, right.Right, cancellationToken);
        return here.Count == there.Count && here.Zip(there).All(static p => p.First.Path.Span.SequenceEqual(p.Second.Path.Span) && p.First.New == p.Second.New);
    }

    private TreePair ChangeOf(int position) =>
        new(log.FirstParentAt(position) is >= 0 and int parent ? log.GetNode(parent).Tree : null, log.GetNode(position).Tree);

    private static ObjectId Fingerprint(Commit commit) =>
        ObjectHasher.Hash(ObjectKind.Commit, [.. CommitBody.AuthorOf(commit), (byte)'\n', .. CommitBody.MessageOf(commit)]);
}
