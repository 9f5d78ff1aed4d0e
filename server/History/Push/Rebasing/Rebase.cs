using System.Text;
using Google.Protobuf;
using Monorepo.Core;
using Monorepo.Formats.Protos;
using Monorepo.History.Push.Closure;
using Monorepo.History.Push.Writing;
using Monorepo.History.Requests;

namespace Monorepo.History.Push.Rebasing;

/// <summary>What a rebase came to.</summary>
/// <param name="Target">What the ref shall name: the rebased stack's newest commit, or the tip when all of it is there already.</param>
/// <param name="Commits">Made, oldest first; to be appended.</param>
/// <param name="Trees">Made; to be stored.</param>
/// <param name="Result">The answer for the ref.</param>
internal sealed record RebaseOutcome(
    ObjectId Target, IReadOnlyList<NewCommit> Commits, IReadOnlyDictionary<ObjectId, byte[]> Trees, PushResult Result);

/// <summary>
/// Puts a pushed stack on top of a branch that moved on: commit by commit a three-way merge of trees (<see cref="TreeMerge"/>), from the commit's
/// parent to the commit, onto what is there.
/// </summary>
/// <remarks>
/// The result depends on the stack and the tip alone. A commit that was rebased before is recognised by what a rebase keeps of it and by the same
/// merge giving the same tree, and is not made twice: a push may be repeated after a lost answer, by any client, after any time.
/// A commit whose whole change is there already is left out, as <c>git rebase</c> does; one that was empty before is kept.
/// </remarks>
internal sealed class Rebase(CommitGraph graph, BranchWindow window, TreeReads readTrees, Func<IReadOnlyCollection<string>, string, bool>? names)
{
    /// <summary>Commits one stack may hold.</summary>
    private const int StackMax = 1_024;

    private readonly List<NewCommit> _made = [];
    private readonly List<RebasedCommit> _moved = [];
    private readonly Dictionary<ObjectId, byte[]> _trees = [];
    private int _signatures;

    public async Task<RebaseOutcome> RunAsync(ObjectId tip, ObjectId target, CancellationToken cancellationToken)
    {
        (List<(ObjectId Id, Commit Commit)> stack, ObjectId? fork, string? problem) = await FindStackAsync(target, cancellationToken);
        if (fork is not { } start)
        {
            return Refused(PushOutcome.NonFastForward, tip, problem!);
        }

        await window.ReadToAsync(start, graph, cancellationToken);
        ObjectId onto = tip;
        ObjectId ontoTree = (await graph.ReadAsync(tip, cancellationToken)).Tree;
        ObjectId parentTree = (await graph.ReadAsync(start, cancellationToken)).Tree;
        foreach ((ObjectId id, Commit commit) in stack)
        {
            ObjectId forkTree = parentTree;
            parentTree = commit.Tree;
            if (await FindLandedAsync(commit, forkTree, cancellationToken) is { } landed)
            {
                Move(id, landed);
                continue;
            }

            TreeMerge merge = new(ReadAsync, names);
            ObjectId tree = await merge.MergeAsync(forkTree, ontoTree, commit.Tree, cancellationToken);
            if (merge.Conflicts.Count > 0)
            {
                return Conflict(tip, id, commit, merge.Conflicts);
            }

            if (tree == ontoTree && commit.Tree != forkTree)
            {
                Move(id, onto);
                continue;
            }

            foreach ((ObjectId made, byte[] body) in merge.Made)
            {
                _trees.TryAdd(made, body);
            }

            NewBody moved = CommitRewrite.Move(commit, tree, onto);
            _signatures += moved.LostSignature ? 1 : 0;
            _made.Add(new NewCommit(moved.Id, Commit.Parse(moved.Bytes)));
            Move(id, moved.Id);
            onto = moved.Id;
            ontoTree = tree;
        }

        string message = _signatures == 0 ? "" : $"{_signatures} of the rebased commits were signed; a signature does not survive a rebase.";
        PushResult result = PushDecision.Result(PushOutcome.Rebased, onto, message);
        result.Rebased.AddRange(_moved);
        return new RebaseOutcome(onto, _made, _trees, result);
    }

    /// <summary>From the target down to the first commit that the branch has.</summary>
    private async Task<(List<(ObjectId Id, Commit Commit)> Stack, ObjectId? Fork, string? Problem)> FindStackAsync(
        ObjectId target, CancellationToken cancellationToken)
    {
        List<(ObjectId, Commit)> stack = [];
        ObjectId at = target;
        while (!await window.ContainsAsync(at, graph, cancellationToken))
        {
            Commit commit = await graph.ReadAsync(at, cancellationToken);
            if (commit.Parents.Count != 1)
            {
                return ([], null, commit.Parents.Count == 0
                    ? $"{target} has no commit in common with the branch; there is nothing to rebase it on."
                    : $"commit {at} is a merge, and the server rebases only stacks without merges. Pull, and rebase or merge locally, then push again.");
            }

            if (stack.Count == StackMax)
            {
                return ([], null, $"the stack has more than {StackMax} commits; rebase it locally, then push again.");
            }

            stack.Add((at, commit));
            at = commit.Parents[0];
        }

        stack.Reverse();
        return (stack, at, null);
    }

    /// <summary>What an earlier rebase made of the commit, where the branch has it.</summary>
    private async Task<ObjectId?> FindLandedAsync(Commit commit, ObjectId forkTree, CancellationToken cancellationToken)
    {
        foreach (ObjectId candidate in window.FindMoved(commit))
        {
            Commit landed = await graph.ReadAsync(candidate, cancellationToken);
            if (landed.Parents.Count != 1)
            {
                continue;
            }

            Commit parent = await graph.ReadAsync(landed.Parents[0], cancellationToken);
            TreeMerge merge = new(ReadAsync);
            ObjectId tree = await merge.MergeAsync(forkTree, parent.Tree, commit.Tree, cancellationToken);
            if (merge.Conflicts.Count == 0 && tree == landed.Tree)
            {
                return candidate;
            }
        }

        return null;
    }

    private async ValueTask<byte[][]> ReadAsync(IReadOnlyList<ObjectId> ids, CancellationToken cancellationToken)
    {
        ObjectId[] elsewhere = [.. ids.Where(id => !_trees.ContainsKey(id))];
        byte[][] read = elsewhere.Length == 0 ? [] : await readTrees(elsewhere, cancellationToken);
        int next = 0;
        return [.. ids.Select(id => _trees.TryGetValue(id, out byte[]? body) ? body : read[next++])];
    }

    private void Move(ObjectId from, ObjectId to) =>
        _moved.Add(new RebasedCommit { OldId = RequestIds.ToMessage(from), NewId = RequestIds.ToMessage(to) });

    private static RebaseOutcome Conflict(ObjectId tip, ObjectId id, Commit commit, IReadOnlyList<string> paths)
    {
        string subject = Encoding.UTF8.GetString(commit.Message.Span).TrimStart().Split('\n')[0];
        string first = Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(paths[0]));
        RebaseOutcome refused = Refused(
            PushOutcome.Conflict,
            tip,
            $"commit {id.Abbreviate(10)} ({subject}) can't be rebased onto {tip.Abbreviate(10)}: both changed '{first}'{(paths.Count > 1 ? $" and {paths.Count - 1} more" : "")}. Pull, rebase locally, and push again.");
        refused.Result.Conflicts.AddRange(paths.Select(p => ByteString.CopyFrom(Encoding.Latin1.GetBytes(p))));
        return refused;
    }

    private static RebaseOutcome Refused(PushOutcome outcome, ObjectId tip, string message) =>
        new(tip, [], new Dictionary<ObjectId, byte[]>(), PushDecision.Result(outcome, tip, message));
}
