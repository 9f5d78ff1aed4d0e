using Monorepo.Core;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Commits;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Merging;
using Monorepo.Workspace.Unfinished;

namespace Monorepo.Workspace.Picking;

/// <summary>A commit made in memory.</summary>
/// <param name="ParentTrees">What of the commit's tree is in one of these came with it.</param>
public sealed record MadeCommit(ObjectId Id, byte[] Body, ObjectId Tree, IReadOnlyList<ObjectId> ParentTrees);

/// <summary>Why applying a commit stopped.</summary>
/// <param name="Commit">The commit.</param>
/// <param name="Merge">What applying it gave; null: it changes nothing there.</param>
/// <param name="Message">Of the commit to come.</param>
public sealed record StoppedPick(ObjectId Commit, TreeMergeResult? Merge, byte[] Message);

/// <summary>Applies the changes of commits one after the other, in memory. Not thread-safe.</summary>
/// <param name="clone">Has the commits.</param>
/// <param name="made">Reads all objects; new ones are added.</param>
/// <param name="committer">Who commits.</param>
/// <param name="kind">Picked, reverted or rebased: what becomes of authors, messages and commits without changes.</param>
/// <param name="recordsOrigin">Messages say where a commit comes from.</param>
public sealed class CommitRow(Clone clone, MadeObjects made, Signature committer, OperationKind kind, bool recordsOrigin)
{
    private readonly List<MadeCommit> _commits = [];
    private readonly List<string> _notes = [];
    private ObjectId _tip;
    private ObjectId _tree;

    /// <summary>The last commit: made, or one of those applied where it stood in its place already.</summary>
    public ObjectId Tip => _tip;

    public ObjectId Tree => _tree;

    /// <summary>Made so far, parents first.</summary>
    public IReadOnlyList<MadeCommit> Commits => _commits;

    /// <summary>What is to be told.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>Begins at a commit.</summary>
    public void Begin(ObjectId tip, ObjectId tree) => (_tip, _tree) = (tip, tree);

    /// <summary>Applies commits in order.</summary>
    /// <returns>Null: all were; else where it stopped, and <paramref name="rest"/> is what comes after that.</returns>
    public async Task<StoppedPick?> ApplyAsync(Queue<ObjectId> rest, CancellationToken cancellationToken)
    {
        while (rest.TryDequeue(out ObjectId id))
        {
            if (await ApplyAsync(id, cancellationToken) is { } stopped)
            {
                return stopped;
            }
        }

        return null;
    }

    private async Task<StoppedPick?> ApplyAsync(ObjectId id, CancellationToken cancellationToken)
    {
        CommitNode node = Find(id);
        Commit commit = clone.History.Read(node.Position);
        ObjectId? parent = commit.Parents.Count == 0 ? null : commit.Parents[0];
        ObjectId? before = parent is { } first ? Find(first).Tree : null;
        if (kind == OperationKind.Rebase && parent == _tip)
        {
            (_tip, _tree) = (id, node.Tree);
            return null;
        }

        byte[] message = kind == OperationKind.Revert ? CommitBody.RevertMessage(id, commit.Message.Span) : CommitBody.MessageOf(commit);
        if (recordsOrigin)
        {
            message = CommitBody.WithOrigin(message, id);
        }

        string named = $"{clone.History.Abbreviate(id)} ({CommitBody.SubjectOf(commit.Message.Span)})";
        ObjectId empty = made.Add(ObjectKind.Tree, []);
        TreeMergeResult merged = kind == OperationKind.Revert
            ? await TreeMerge.MergeAsync(made, node.Tree, _tree, before ?? empty, new MergeLabels("HEAD", $"parent of {named}"), DirectoryRenamesSetting.Of(clone.Settings), cancellationToken)
            : await TreeMerge.MergeAsync(made, before ?? empty, _tree, node.Tree, new MergeLabels("HEAD", named), DirectoryRenamesSetting.Of(clone.Settings), cancellationToken);
        _notes.AddRange(merged.Notes);
        if (!merged.IsClean)
        {
            return new StoppedPick(id, merged, message);
        }

        if (merged.Tree == _tree && (kind != OperationKind.Rebase || before != node.Tree))
        {
            if (kind != OperationKind.Rebase)
            {
                return new StoppedPick(id, null, message);
            }

            _notes.Add($"dropping {named}: its change is there already");
            return null;
        }

        Add(merged.Tree, [_tip], kind == OperationKind.Revert ? null : CommitBody.AuthorOf(commit), message, [_tree]);
        return null;
    }

    /// <summary>Adds a commit that becomes the tip.</summary>
    /// <param name="tree">Its tree.</param>
    /// <param name="parents">In order.</param>
    /// <param name="author">Null: the committer.</param>
    /// <param name="message">As it is to be.</param>
    /// <param name="parentTrees">The parents' trees.</param>
    public MadeCommit Add(ObjectId tree, IEnumerable<ObjectId> parents, byte[]? author, byte[] message, IReadOnlyList<ObjectId> parentTrees)
    {
        byte[] body = CommitBody.Format(tree, parents, author ?? System.Text.Encoding.UTF8.GetBytes(committer.ToString()), committer, message);
        MadeCommit commit = new(made.Add(ObjectKind.Commit, body), body, tree, parentTrees);
        _commits.Add(commit);
        (_tip, _tree) = (commit.Id, tree);
        return commit;
    }

    private CommitNode Find(ObjectId id) => clone.History.TryFind(id, out CommitNode node)
        ? node
        : throw new CorruptHistoryException($"The commit {id} is not in this clone's history.");
}
