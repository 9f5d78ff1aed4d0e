using Monorepo.Core;
using Monorepo.Workspace.Checkout;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Store;

namespace Monorepo.Workspace.Unfinished;

/// <summary>
/// The files of the unfinished operation. What it changes to is written beside it first, and takes its place once the working copy is there: whatever is cut, one of
/// the two describes what is on disk. Whoever writes holds the clone's lock.
/// </summary>
/// <param name="stateDirectory">The clone's <c>.mr</c>.</param>
public sealed class OperationFiles(string stateDirectory)
{
    private readonly string _path = Path.Combine(stateDirectory, FileName);
    private readonly string _next = Path.Combine(stateDirectory, NextFileName);

    public const string FileName = "operation";

    public const string NextFileName = "operation.next";

    /// <summary>Whether a command was cut between two states.</summary>
    public bool IsChanging => File.Exists(_next);

    public bool Exists => File.Exists(_path);

    /// <summary>Null: nothing is unfinished.</summary>
    /// <exception cref="CorruptHistoryException">The file is damaged.</exception>
    public UnfinishedOperation? Load() => Load(_path);

    /// <summary>Replaces what is known of the operation; HEAD and working copy stay.</summary>
    public void Save(UnfinishedOperation operation) => DurableFile.Replace(_path, OperationText.Format(operation));

    /// <summary>Announces a state that HEAD and the dirstate are about to be brought to.</summary>
    public void Announce(UnfinishedOperation next) => DurableFile.Replace(_next, OperationText.Format(next));

    /// <summary>Lets the announced state count if it was reached, and forgets it otherwise. To be called when no checkout is unfinished.</summary>
    /// <param name="head">What is checked out.</param>
    /// <param name="tree">The dirstate's.</param>
    public void Settle(HeadState head, ObjectId? tree)
    {
        if (Load(_next) is not { } next)
        {
            return;
        }

        bool isReached = next.Head == head && next.Tree == tree;
        if (isReached && !next.IsEnd)
        {
            File.Move(_next, _path, overwrite: true);
            DurableFile.SyncDirectory(stateDirectory);
            return;
        }

        if (isReached)
        {
            Forget();
        }

        File.Delete(_next);
        DurableFile.SyncDirectory(stateDirectory);
    }

    /// <summary>The commits that the operation has or needs, also as it is about to be.</summary>
    /// <exception cref="CorruptHistoryException">A file is damaged.</exception>
    public IEnumerable<ObjectId> FindNamed()
    {
        foreach (UnfinishedOperation operation in new[] { Load(_path), Load(_next) }.OfType<UnfinishedOperation>())
        {
            foreach (ObjectId id in FindNamed(operation))
            {
                yield return id;
            }
        }
    }

    /// <summary>The commits that an operation has or needs.</summary>
    internal static IEnumerable<ObjectId> FindNamed(UnfinishedOperation operation) =>
        ((ObjectId?[])[operation.Original.Commit, operation.Head.Commit, operation.Snapshot, operation.Current]).OfType<ObjectId>().Concat(operation.Todo);

    /// <summary>Nothing is unfinished any more.</summary>
    public void Forget() => CheckoutJournal.Delete(_path);

    private static UnfinishedOperation? Load(string path) => File.Exists(path) ? OperationText.Parse(path, File.ReadAllBytes(path)) : null;
}
