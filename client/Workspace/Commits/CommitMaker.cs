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
    private readonly List<byte[]> _forgotten = [];
    private readonly HeadState _head = clone.Head;

    /// <summary>The new commit's tree; null until one was made.</summary>
    public ObjectId? Tree { get; private set; }

    /// <summary>What the file system said of the files committed.</summary>
    public IReadOnlyDictionary<byte[], RecordedStat?> Stats => _stats;

    /// <summary>Paths that were to be added, but are gone: tracked no more.</summary>
    public IReadOnlyList<byte[]> Forgotten => _forgotten;

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

        CommitOutcome refused = CommitOutcome.Done;
        AmendedCommit? amended = request.Amend ? AmendedCommit.Find(clone, _head, out refused) : null;
        if (request.Amend && amended is null)
        {
            return new CommitResult(refused, _head);
        }

        ObjectId? before = request.Amend ? amended!.ParentTree : _head.Commit is { } parent && clone.History.TryFind(parent, out CommitNode node) ? node.Tree : null;
        using LocalBatch batch = clone.Local.Begin();
        List<TreeEdit> edits = AddContents(chosen, batch, cancellationToken);
        if (amended is not null)
        {
            edits = await amended.AddUnderAsync(edits, objects, batch, cancellationToken);
        }

        TreeEditor editor = new(objects, body => batch.Add(ObjectKind.Tree, body));
        ObjectId tree = await editor.ApplyAsync(before, edits, cancellationToken);
        if (sparse is not null && editor.Displaced is { } displaced)
        {
            return new CommitResult(CommitOutcome.OutsideProfile, _head, Path: displaced);
        }

        if (!request.AllowEmpty && amended is not { Parents.Count: > 1 } && (tree == before || (before is null && edits.Count == 0)))
        {
            return new CommitResult(request.Amend ? CommitOutcome.WouldBeEmpty : CommitOutcome.NothingChanged, _head, HasUntracked: status.Entries.Any(e => e.Code == StatusCode.Untracked), OutsideCount: outside.Count);
        }

        ObjectId id = batch.Add(ObjectKind.Commit, Format(tree, amended?.Parents ?? (_head.Commit is { } only ? [only] : []), amended, request));
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
        return new CommitResult(CommitOutcome.Done, head, IsRoot: before is null, FilesChanged: edits.Count, OutsideCount: outside.Count);
    }

    // New files where a sparse working copy has nothing: the tree may have something at their paths that nobody here has seen.
    private HashSet<byte[]> TakeOutside(List<StatusEntry> chosen)
    {
        HashSet<byte[]> outside = new(BytesComparer.Instance);
        if (sparse is not null)
        {
            outside.UnionWith(chosen.Where(e => e.Code is StatusCode.Untracked or StatusCode.Added && !sparse.Includes(e.Path)).Select(static e => e.Path));
            chosen.RemoveAll(e => outside.Contains(e.Path));
        }

        return outside;
    }

    private static List<StatusEntry> Choose(CommitRequest request, StatusResult status)
    {
        List<StatusEntry> chosen = [];
        HashSet<byte[]> removed = new(status.Entries.Where(e => e.Code == StatusCode.Removed).Select(e => e.Path), BytesComparer.Instance);
        foreach (StatusEntry entry in status.Entries)
        {
            // A path that ends in a slash is a repository of its own; what is to be removed is not taken as a new file.
            bool isNew = entry.Code == StatusCode.Untracked && request.Paths is not null && entry.Path[^1] != '/' && !removed.Contains(entry.Path);
            if ((entry.IsTrackedChange || isNew) && (request.Paths is null || request.Paths.Any(p => IsUnder(entry.Path, p))))
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
            ChangedFile file = entry.Code is StatusCode.Deleted or StatusCode.Removed or StatusCode.AddedMissing ? default : ChangedFile.Read(files, entry.Path);
            DirstateEntry tracked = default;
            bool isInTree = dirstate is not null && dirstate.TryFind(entry.Path, out tracked) && !tracked.IsAdded;
            if (file.Mode == FileMode.None)
            {
                if (tracked.IsAdded && !tracked.Path.IsEmpty)
                {
                    _forgotten.Add(entry.Path);
                }

                if (isInTree)
                {
                    edits.Add(new TreeEdit(entry.Path, default));
                }

                continue;
            }

            ObjectId id = ObjectHasher.Hash(ObjectKind.Blob, file.Content.Span);
            _stats[entry.Path] = file.Stat;
            if (isInTree && tracked.Id == id && tracked.Mode.Canonical() == file.Mode)
            {
                continue;
            }

            if (!isInTree || tracked.Id != id)
            {
                batch.Add(ObjectKind.Blob, file.Content.Span);
            }

            edits.Add(new TreeEdit(entry.Path, new TreeSide(file.Mode, id)));
        }

        return edits;
    }

    private static byte[] Format(ObjectId tree, IReadOnlyList<ObjectId> parents, AmendedCommit? amended, CommitRequest request)
    {
        StringBuilder head = new($"tree {tree}\n");
        foreach (ObjectId parent in parents)
        {
            head.Append($"parent {parent}\n");
        }

        byte[] author = request.Author is { } given ? Encoding.UTF8.GetBytes(given.ToString()) : amended!.AuthorLine.ToArray();
        return [.. Encoding.UTF8.GetBytes($"{head}author "), .. author, .. Encoding.UTF8.GetBytes($"\ncommitter {request.Committer}\n\n"), .. request.Message.Span];
    }
}
