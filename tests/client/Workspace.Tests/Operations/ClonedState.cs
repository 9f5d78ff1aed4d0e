using System.Globalization;
using Monorepo.Native.Posix;
using Monorepo.Workspace.Checkout;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Commits;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Local;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Operations;
using Monorepo.Workspace.Stashing;
using Monorepo.Workspace.Store;
using Monorepo.Workspace.Tests.Checkout;
using Monorepo.Workspace.Tests.Commits;

namespace Monorepo.Workspace.Tests.Operations;

/// <summary>All that undo promises to bring back, as text: HEAD, local refs, stashes, and every file.</summary>
/// <param name="Refs">HEAD and refs.</param>
/// <param name="Files">As <see cref="Snapshot"/> takes them, without directories: an empty one is nothing that a commit has.</param>
internal sealed record ClonedState(string Refs, string Files)
{
    public static ClonedState Of(CommittingClone clone)
    {
        using Clone opened = Clone.Open(clone.Top);
        using LocalStore kept = LocalStore.Open(opened.Paths.Kept);
        IEnumerable<string> refs = opened.Local.Refs.Select(r => $"{r.Key} {r.Value}").Concat(StashList.Read(kept).Select(s => string.Create(CultureInfo.InvariantCulture, $"stash {s.Sequence} {s.Commit}")));
        return new ClonedState($"{opened.Head}\n{string.Join('\n', refs.Order(StringComparer.Ordinal))}", string.Join('\n', Snapshot.Take(clone.Top).Where(static f => !f.EndsWith(" 40755 ", StringComparison.Ordinal))));
    }
}

/// <summary>Commands as tests give them: each on the clone as it is on disk, each a run of its own.</summary>
internal static class ClonedCommands
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static Signature Author { get; } = new("A U Thor", "author@example.com", 1_700_000_000, 60);

    public static async Task<CheckoutResult> CheckoutAsync(this CommittingClone clone, HeadState head, bool force = false)
    {
        clone.Clone.Refresh();
        Assert.True(clone.Clone.History.TryFind(head.Commit!.Value, out CommitNode node));
        return await clone.WorkingCopy.CheckoutAsync(clone.FreshObjects(), node.Tree, head, force, null, Token);
    }

    public static Task<UndoResult> UndoAsync(this CommittingClone clone, long? number = null) => new OperationUndo(clone.Clone, clone.WorkingCopy, clone.FreshObjects()).UndoAsync(number, null, Token);

    public static Task<UndoResult> RedoAsync(this CommittingClone clone) => new OperationUndo(clone.Clone, clone.WorkingCopy, clone.FreshObjects()).RedoAsync(null, Token);

    public static Stasher Stasher(this CommittingClone clone) => new(clone.Clone, clone.WorkingCopy, clone.FreshObjects());

    public static Task<StashResult> StashAsync(this CommittingClone clone, bool untracked = false, params byte[][] paths) =>
        clone.Stasher().PushAsync(new StashRequest(null, Author, untracked, paths.Length == 0 ? null : paths), Token);

    public static Task<StashResult> PopAsync(this CommittingClone clone, int index = 0, bool drops = true) => clone.Stasher().ApplyAsync(index, drops, Token);

    public static OperationLog Log(this CommittingClone clone) => OperationLog.Of(clone.Clone.Paths);

    public static void Write(this CommittingClone clone, string path, string text)
    {
        string full = Path.Combine(clone.Top, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }

    public static void MakeExecutable(string file)
    {
        using FileDescriptor opened = DurableFile.Open(file, OpenFlags.ReadOnly);
        PosixFile.SetPermissions(opened, 0x1ED);
    }

    public static string Read(this CommittingClone clone, string path) => File.ReadAllText(Path.Combine(clone.Top, path));

    // The history is another one after each command that took the lock.
    public static ObjectSource FreshObjects(this CommittingClone clone) => new(clone.Cache, clone.Clone.History, clone.Remote, local: clone.Clone.Local);
}
