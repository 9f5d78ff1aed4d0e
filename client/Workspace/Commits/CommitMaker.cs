using System.Text;
using Monorepo.Core;
using Monorepo.Formats.Dirstate;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Files;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Local;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Sparse;
using Monorepo.Workspace.Status;
using Monorepo.Workspace.Trees;
using FileMode = Monorepo.Core.FileMode;

namespace Monorepo.Workspace.Commits;

/// <summary>
/// Makes one commit of what a scan found. The work is that of the changed files and the directories above them. The caller holds the clone's
/// lock and brings the dirstate up to <see cref="Tree"/> afterwards; until then the clone's HEAD is ahead of it.
/// </summary>
/// <param name="clone">Whose HEAD moves.</param>
/// <param name="objects">Where the trees on the way to changed files are read.</param>
/// <param name="files">The working copy.</param>
/// <param name="dirstate">What is checked out; null: nothing.</param>
/// <param name="sparse">What the working copy has of the tree; null: all of it.</param>
internal sealed class CommitMaker(Clone clone, IObjectSource objects, IWorkingFiles files, DirstateReader? dirstate, SparseRules? sparse = null)
{
    private readonly Dictionary<byte[], RecordedStat?> _stats = new(BytesComparer.Instance);
    private readonly HeadState _head = clone.Head;

    /// <summary>The new commit's tree; null until one was made.</summary>
    public ObjectId? Tree { get; private set; }

    /// <summary>What the file system said of the files committed.</summary>
    public IReadOnlyDictionary<byte[], RecordedStat?> Stats => _stats;

    /// <summary>Why nothing can be committed whatever has changed; null: go on.</summary>
    public CommitResult? Refuse()
    {
        bool hasCommits = _head.Branch is { } branch && clone.Refs.Find(branch) is not null;
        return _head.Commit is null && (hasCommits || _head.Branch is null) ? new CommitResult(CommitOutcome.NothingCheckedOut, _head) : null;
    }

    public async Task<CommitResult> MakeAsync(CommitRequest request, StatusResult status, CancellationToken cancellationToken)
    {
        List<StatusEntry> chosen = Choose(request, status);
        HashSet<byte[]> outside = TakeOutside(chosen);
        if (sparse is not null && request.Paths?.FirstOrDefault(p => outside.Contains(p) || sparse.IsOutside(p)) is { } named)
        {
            return new CommitResult(CommitOutcome.OutsideProfile, _head, Path: named);
        }

        if (request.Paths is not null && FindUnknown(request.Paths, chosen) is { } unknown)
        {
            return new CommitResult(CommitOutcome.NoSuchPath, _head, Path: unknown);
        }

        ObjectId? before = _head.Commit is { } parent && clone.History.TryFind(parent, out CommitNode node) ? node.Tree : null;
        using LocalBatch batch = clone.Local.Begin();
        List<TreeEdit> edits = AddContents(chosen, batch, cancellationToken);
        TreeEditor editor = new(objects, body => batch.Add(ObjectKind.Tree, body));
        ObjectId tree = await editor.ApplyAsync(before, edits, cancellationToken);
        if (sparse is not null && editor.Displaced is { } displaced)
        {
            return new CommitResult(CommitOutcome.OutsideProfile, _head, Path: displaced);
        }

        if (!request.AllowEmpty && (tree == before || (before is null && edits.Count == 0)))
        {
            return new CommitResult(CommitOutcome.NothingChanged, _head, HasUntracked: status.Entries.Any(e => e.Code == StatusCode.Untracked), OutsideCount: outside.Count);
        }

        ObjectId id = batch.Add(ObjectKind.Commit, Format(tree, request));
        HeadState head = _head with { Commit = id };
        if (head.Branch is { } branch)
        {
            batch.SetRef(branch, id);
        }

        cancellationToken.ThrowIfCancellationRequested();
        batch.Promise();
        clone.History.SetLocal(clone.Local.ReadCommits());
        if (head.Branch is null)
        {
            clone.SetHead(head);
        }

        Tree = tree;
        return new CommitResult(CommitOutcome.Done, head, IsRoot: _head.Commit is null, FilesChanged: edits.Count, OutsideCount: outside.Count);
    }

    // New files where a sparse working copy has nothing: the tree may have something at their paths that nobody here has seen.
    private HashSet<byte[]> TakeOutside(List<StatusEntry> chosen)
    {
        HashSet<byte[]> outside = new(BytesComparer.Instance);
        if (sparse is not null)
        {
            outside.UnionWith(chosen.Where(e => e.Code == StatusCode.Untracked && !sparse.Includes(e.Path)).Select(static e => e.Path));
            chosen.RemoveAll(e => outside.Contains(e.Path));
        }

        return outside;
    }

    private static List<StatusEntry> Choose(CommitRequest request, StatusResult status)
    {
        List<StatusEntry> chosen = [];
        foreach (StatusEntry entry in status.Entries)
        {
            bool isTracked = entry.Code is StatusCode.Modified or StatusCode.Deleted or StatusCode.TypeChanged;

            // A path that ends in a slash is a repository of its own.
            bool isNew = entry.Code == StatusCode.Untracked && request.Paths is not null && entry.Path[^1] != '/';
            if ((isTracked || isNew) && (request.Paths is null || request.Paths.Any(p => IsUnder(entry.Path, p))))
            {
                chosen.Add(entry);
            }
        }

        return chosen;
    }

    private static bool IsUnder(ReadOnlySpan<byte> path, ReadOnlySpan<byte> top) =>
        top.IsEmpty || (path.StartsWith(top) && (path.Length == top.Length || path[top.Length] == '/'));

    // The first path named that is neither changed nor tracked nor above something tracked.
    private byte[]? FindUnknown(IReadOnlyList<byte[]> paths, List<StatusEntry> chosen)
    {
        foreach (byte[] path in paths)
        {
            if (path.Length > 0 && !chosen.Exists(e => IsUnder(e.Path, path)) && !IsTracked(path))
            {
                return path;
            }
        }

        return null;
    }

    private bool IsTracked(byte[] path)
    {
        if (dirstate is null)
        {
            return false;
        }

        if (dirstate.TryFind(path, out _))
        {
            return true;
        }

        byte[] inside = [.. path, (byte)'/'];
        return dirstate.TryFindFirst(inside, out DirstateEntry first) && first.Path.Span.StartsWith(inside);
    }

    private List<TreeEdit> AddContents(List<StatusEntry> chosen, LocalBatch batch, CancellationToken cancellationToken)
    {
        List<TreeEdit> edits = new(chosen.Count);
        foreach (StatusEntry entry in chosen)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ChangedFile file = entry.Code == StatusCode.Deleted ? default : ChangedFile.Read(files, entry.Path);
            DirstateEntry tracked = default;
            bool isTracked = dirstate is not null && dirstate.TryFind(entry.Path, out tracked);
            if (file.Mode == FileMode.None)
            {
                if (isTracked)
                {
                    edits.Add(new TreeEdit(entry.Path, default));
                }

                continue;
            }

            ObjectId id = ObjectHasher.Hash(ObjectKind.Blob, file.Content.Span);
            _stats[entry.Path] = file.Stat;
            if (isTracked && tracked.Id == id && tracked.Mode.Canonical() == file.Mode)
            {
                continue;
            }

            if (!isTracked || tracked.Id != id)
            {
                batch.Add(ObjectKind.Blob, file.Content.Span);
            }

            edits.Add(new TreeEdit(entry.Path, new TreeSide(file.Mode, id)));
        }

        return edits;
    }

    private byte[] Format(ObjectId tree, CommitRequest request)
    {
        StringBuilder head = new($"tree {tree}\n");
        if (_head.Commit is { } parent)
        {
            head.Append($"parent {parent}\n");
        }

        head.Append($"author {request.Author}\ncommitter {request.Committer}\n\n");
        return [.. Encoding.UTF8.GetBytes(head.ToString()), .. request.Message.Span];
    }
}
