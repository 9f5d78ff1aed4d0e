using Monorepo.Core;
using Monorepo.Import.Objects;
using Monorepo.Import.Sources;
using Monorepo.Import.Targets;
using Monorepo.Storage;

namespace Monorepo.Import;

/// <summary>One run's copying: commits in the order given, each after everything it needs.</summary>
internal sealed class HistoryCopy
{
    private readonly GitSource _git;
    private readonly IImportTarget _target;
    private readonly List<ObjectId> _commits;
    private readonly IProgress<ImportProgress>? _progress;
    private readonly ObjectWriter _writer;
    private readonly TreeWriter _trees;
    private readonly Dictionary<ObjectId, ObjectId> _treeOfCommit = [];
    private readonly List<LogEntry> _entries = [];
    private long _entryBytes;
    private long _commitsDone;
    private long _objectsAtAppend;

    public HistoryCopy(GitSource git, IImportTarget target, ImportOptions options, List<ObjectId> commits, IProgress<ImportProgress>? progress)
    {
        _git = git;
        _target = target;
        _commits = commits;
        _progress = progress;
        _writer = new ObjectWriter(git, target, options.Parallelism);
        _trees = new TreeWriter(new TreeCache(git, ImportLimits.TreeCacheBytesMax), new SeenIds(ImportLimits.SeenIdsMax), _writer);
    }

    public long Objects => _writer.Objects;

    public long Bytes => _writer.Bytes;

    public void Report(ImportPhase phase) =>
        _progress?.Report(new ImportProgress(phase, _commitsDone, _commits.Count, _writer.Objects, _writer.Bytes));

    public async Task CopyCommitsAsync(CancellationToken cancellationToken)
    {
        Report(ImportPhase.Writing);
        foreach (ObjectId id in _commits)
        {
            Commit commit = _git.ReadCommit(id);
            await _trees.WriteAsync(commit.Tree, [.. commit.Parents.Distinct().Select(TreeOf)], cancellationToken);
            Remember(id, commit.Tree);
            _writer.Add(id, ObjectKind.Commit, commit.Body);
            _entries.Add(new LogEntry(id, commit.Body));
            _entryBytes += commit.Body.Length;

            // Objects that were written while their commits are not in the log are written again by the run after a crash.
            if (_writer.IsFull || _writer.Objects - _objectsAtAppend >= ImportLimits.PendingObjectsMax
                || _entries.Count >= ImportLimits.AppendCommitsMax || _entryBytes >= ImportLimits.AppendBytesMax)
            {
                await AppendAsync(cancellationToken);
            }
        }

        await AppendAsync(cancellationToken);
    }

    /// <summary>Annotated tags, and what they or refs name that is no commit.</summary>
    public async Task CopyTagsAsync(RefTargets targets, CancellationToken cancellationToken)
    {
        foreach (ObjectId tree in targets.Trees)
            await _trees.WriteAsync(tree, [], cancellationToken);
        foreach (ObjectId blob in targets.Blobs)
            await AddAsync(blob, ObjectKind.Blob, cancellationToken);
        foreach (ObjectId tag in targets.Tags)
            await AddAsync(tag, ObjectKind.Tag, cancellationToken);
        await DrainAsync(cancellationToken);
    }

    private async Task AddAsync(ObjectId id, ObjectKind kind, CancellationToken cancellationToken)
    {
        _writer.Add(id, kind);
        if (_writer.IsFull)
            await DrainAsync(cancellationToken);
    }

    private async Task DrainAsync(CancellationToken cancellationToken)
    {
        await _writer.DrainAsync(cancellationToken);
        Report(ImportPhase.Writing);
    }

    private async Task AppendAsync(CancellationToken cancellationToken)
    {
        if (_entries.Count == 0)
            return;
        await _writer.DrainAsync(cancellationToken);
        await _target.AppendCommitsAsync(_entries, cancellationToken);
        _commitsDone += _entries.Count;
        _objectsAtAppend = _writer.Objects;
        _entries.Clear();
        _entryBytes = 0;
        Report(ImportPhase.Writing);
    }

    // A parent is in the log or among the entries before this one, so its tree is stored or queued with all it holds.
    private ObjectId TreeOf(ObjectId commit) =>
        _treeOfCommit.TryGetValue(commit, out ObjectId tree) ? tree : Remember(commit, _git.ReadCommit(commit).Tree);

    private ObjectId Remember(ObjectId commit, ObjectId tree)
    {
        if (_treeOfCommit.Count >= RememberedTreesMax)
            _treeOfCommit.Clear();
        _treeOfCommit[commit] = tree;
        return tree;
    }

    // Covers the parents of nearly all commits: those of long-lived branches are read again.
    private const int RememberedTreesMax = 65_536;
}
