using Monorepo.Core;
using Monorepo.Import.Objects;
using Monorepo.Import.Sources;
using Monorepo.Import.Targets;
using Monorepo.Storage;

namespace Monorepo.Import;

/// <summary>
/// One run's copying: commits in the order given, each after everything it needs. While one window of them is written, the next is gathered.
/// </summary>
internal sealed class HistoryCopy : IAsyncDisposable
{
    private readonly GitSource _git;
    private readonly List<ObjectId> _commits;
    private readonly IProgress<ImportProgress>? _progress;
    private readonly WindowWriter _writer;
    private readonly TreeWriter _trees;
    private readonly Dictionary<ObjectId, ObjectId> _treeOfCommit = [];
    private ImportWindow _window = new();
    private ImportWindow _spare = new();
    private Task _writing = Task.CompletedTask;

    public HistoryCopy(GitSource git, IImportTarget target, ImportOptions options, List<ObjectId> commits, IProgress<ImportProgress>? progress)
    {
        _git = git;
        _commits = commits;
        _progress = progress;
        _writer = new WindowWriter(git, target, options.Parallelism, () => Report(ImportPhase.Writing));
        _trees = new TreeWriter(new TreeCache(git, ImportLimits.TreeCacheBytesMax), new SeenIds((int)Math.Min(ImportLimits.SeenIdsMax, commits.Count * 8L), ImportLimits.SeenIdsMax));
    }

    public long Objects => _writer.Objects;

    public long Bytes => _writer.Bytes;

    public void Report(ImportPhase phase) =>
        _progress?.Report(new ImportProgress(phase, _writer.Commits, _commits.Count, _writer.Objects, _writer.Bytes));

    public async Task CopyCommitsAsync(CancellationToken cancellationToken)
    {
        Report(ImportPhase.Writing);
        foreach (ObjectId id in _commits)
        {
            Commit commit = _git.ReadCommit(id);
            await AddTreeAsync(commit.Tree, [.. commit.Parents.Distinct().Select(TreeOf)], cancellationToken);
            Remember(id, commit.Tree);
            _window.Add(id, commit);
        }

        await FinishAsync(cancellationToken);
    }

    /// <summary>Annotated tags, and what they or refs name that is no commit.</summary>
    public async Task CopyTagsAsync(RefTargets targets, CancellationToken cancellationToken)
    {
        foreach (ObjectId tree in targets.Trees)
            await AddTreeAsync(tree, [], cancellationToken);
        foreach (ObjectId blob in targets.Blobs)
            await AddAsync(blob, ObjectKind.Blob, cancellationToken);
        foreach (ObjectId tag in targets.Tags)
            await AddAsync(tag, ObjectKind.Tag, cancellationToken);
        await FinishAsync(cancellationToken);
    }

    /// <summary>Waits for what is being written, however it ends.</summary>
    public async ValueTask DisposeAsync()
    {
        await ((Task)_writing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _writer.Dispose();
    }

    private async ValueTask AddTreeAsync(ObjectId root, IReadOnlyList<ObjectId> bases, CancellationToken cancellationToken)
    {
        _trees.Start(root, bases);
        do
            await HandOverIfFullAsync(cancellationToken);
        while (_trees.MoveNext(_window));
    }

    private async ValueTask AddAsync(ObjectId id, ObjectKind kind, CancellationToken cancellationToken)
    {
        _window.Add(id, kind, ObjectLocality.OfKind(kind));
        await HandOverIfFullAsync(cancellationToken);
    }

    private async ValueTask HandOverIfFullAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_window.IsFull)
            await HandOverAsync(cancellationToken);
    }

    private async Task HandOverAsync(CancellationToken cancellationToken)
    {
        await _writing;
        ImportWindow full = _window;
        (_window, _spare) = (_spare, full);
        _window.Clear();
        _writing = Task.Run(() => _writer.WriteAsync(full, cancellationToken), cancellationToken);
    }

    private async Task FinishAsync(CancellationToken cancellationToken)
    {
        if (!_window.IsEmpty)
            await HandOverAsync(cancellationToken);
        await _writing;
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
