using System.Text;
using Monorepo.Core;
using Monorepo.Formats.Dirstate;
using Monorepo.Formats.Watching;
using Monorepo.Native.Posix;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Unfinished;

namespace Monorepo.Workspace.Watching;

/// <summary>
/// Keeps what a status says of HEAD, and finds it anew when one of the files it comes from has changed. The clone is open for no longer than that.
/// Not thread-safe.
/// </summary>
internal sealed class ReadyHead(ClonePaths paths) : IDisposable
{
    // HEAD, the server's refs, local commits and branches, the server's commits; what a command has to finish, and what the user has.
    private readonly string[] _sources =
    [
        "HEAD", paths.Refs, Path.Combine(paths.Local, "journal"), Path.Combine(paths.History, "state"), Path.Combine(paths.History, "index"),
        "checkout.journal", OperationFiles.NextFileName, OperationFiles.FileName,
    ];

    private const int CheckoutJournalAt = 5;
    private const int NextOperationAt = 6;
    private const int OperationAt = 7;

    private readonly FileDescriptor _state = Open(paths.State);
    private RecordedStat[] _seen = [];
    private byte[] _headFile = [];
    private StatusHead _head = StatusAnswer.NoHead;
    private CommitNode? _local;
    private ObjectId? _localParentTree;

    /// <summary>The state now, with whether it fits a dirstate of a tree; where not, a command has something to finish.</summary>
    public (StatusHead Head, bool IsFinished) Find(ObjectId? dirstateTree)
    {
        RecordedStat[] now = FileIdentity.Of(_state, _sources);
        byte[] headFile = File.Exists(paths.Head) ? File.ReadAllBytes(paths.Head) : [];
        if (!now.AsSpan().SequenceEqual(_seen) || !headFile.AsSpan().SequenceEqual(_headFile))
        {
            using Clone clone = Clone.Open(paths.WorkingCopy);
            _head = CloneHead.Describe(clone);
            FindLocal(clone);
            (_seen, _headFile) = (now, headFile);
        }

        return (_head, now[CheckoutJournalAt] == default && now[NextOperationAt] == default && (now[OperationAt] != default || !IsBehind(dirstateTree)));
    }

    public void Dispose() => _state.Dispose();

    // A commit counts before the dirstate knows of it: WorkingCopy finishes that.
    private bool IsBehind(ObjectId? dirstateTree) => _local is { } local
        && (dirstateTree is { } tree ? tree != local.Tree : _localParentTree is null);

    private void FindLocal(Clone clone)
    {
        (_local, _localParentTree) = (null, null);
        if (clone.Head.Commit is { } commit && clone.History.TryFind(commit, out CommitNode node) && node.Position >= clone.History.ServerCount)
        {
            IReadOnlyList<int> parents = clone.History.GetParents(node.Position);
            _local = node;
            _localParentTree = parents.Count > 0 ? clone.History.GetNode(parents[0]).Tree : null;
        }
    }

    private static FileDescriptor Open(string path)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(path);
        PosixDirectory.Open(bytes, OpenFlags.Directory, 0, out FileDescriptor? directory).ThrowIfFailed("open", bytes);
        return directory!;
    }
}
