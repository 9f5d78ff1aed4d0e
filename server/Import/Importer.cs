using Monorepo.Core;
using Monorepo.Import.Sources;
using Monorepo.Import.Targets;
using Monorepo.Storage;

namespace Monorepo.Import;

/// <summary>
/// Copies a git repository's history, contents and refs into a target, byte for byte. What the target has is not copied again, so a second
/// run copies what is new and a run after a crash goes on where that one stopped. Objects are written first, then the log, then all refs in
/// one step: at any moment the target is whole. Memory does not grow with the history but for some 100 bytes of each new commit.
/// </summary>
public sealed class Importer(IImportTarget target, ImportOptions options)
{
    /// <summary>Imports once. One run at a time for one target repository; other writers may go on beside it.</summary>
    /// <param name="source">A repository's path (bare, with a working copy, a linked worktree), a bundle file, or a URL.</param>
    /// <param name="workDirectory">Where bundles and URLs are fetched to. Mirrors of URLs stay there for the next run.</param>
    /// <param name="progress">Called by one thread at a time, not always the same.</param>
    /// <param name="cancellationToken">Stops soon, at a point from which the next run goes on.</param>
    /// <exception cref="ImportException">The source can't be imported.</exception>
    public async Task<ImportResult> RunAsync(string source, string workDirectory, IProgress<ImportProgress>? progress, CancellationToken cancellationToken)
    {
        using SourceLocation location = await SourceLocation.ResolveAsync(
            source, workDirectory, line => progress?.Report(new ImportProgress(ImportPhase.Fetching, 0, 0, 0, 0, line)), cancellationToken);
        using GitSource git = GitSource.Open(location.RepositoryPath);
        return await ImportAsync(git, progress, cancellationToken);
    }

    private async Task<ImportResult> ImportAsync(GitSource git, IProgress<ImportProgress>? progress, CancellationToken cancellationToken)
    {
        ImportResult result = await CopyAsync(git, progress, cancellationToken);
        await target.IndexPathsAsync(new IndexProgress(progress, result), cancellationToken);
        return result;
    }

    // Apart from the index, which takes its own memory when all that copying took is free again.
    private async Task<ImportResult> CopyAsync(GitSource git, IProgress<ImportProgress>? progress, CancellationToken cancellationToken)
    {
        progress?.Report(new ImportProgress(ImportPhase.Listing, 0, 0, 0, 0));
        RefSnapshot present = await target.OpenAsync(cancellationToken);
        SourceRefs refs = git.ReadRefs();
        RefTargets targets = RefTargets.Resolve(git, refs.Refs, present);
        List<ObjectId> commits = await new CommitLister(git, target).ListAsync(targets.Commits, cancellationToken);

        await using var run = new HistoryCopy(git, target, options, commits, progress);
        await run.CopyCommitsAsync(cancellationToken);
        await run.CopyTagsAsync(targets, cancellationToken);
        run.Report(ImportPhase.UpdatingRefs);
        RefMirror mirror = await MirrorRefsAsync(refs, targets, present, cancellationToken);
        run.Report(ImportPhase.UpdatingRefs);
        return new ImportResult(commits.Count, run.Objects, run.Bytes, mirror.Unchanged, mirror.Described, refs.Skipped, refs.DefaultBranch);
    }

    private async Task<RefMirror> MirrorRefsAsync(SourceRefs refs, RefTargets targets, RefSnapshot present, CancellationToken cancellationToken)
    {
        for (int attempt = 0; attempt < ImportLimits.AttemptsMax; attempt++)
        {
            RefMirror mirror = RefMirror.Plan(refs.Refs, targets.Peeled, present, options.DeleteMissingRefs);
            RefName? defaultBranch = refs.DefaultBranch == present.DefaultBranch ? null : refs.DefaultBranch;
            if ((mirror.Changes.Count == 0 && defaultBranch is null) || await target.UpdateRefsAsync(mirror.Changes, defaultBranch, cancellationToken))
                return mirror;
            present = await target.ReadRefsAsync(cancellationToken);
        }

        throw new ImportException(ImportFailure.TargetChanged, $"The target's refs changed under the import {ImportLimits.AttemptsMax} times.");
    }

    private sealed class IndexProgress(IProgress<ImportProgress>? progress, ImportResult copied) : IProgress<long>
    {
        public void Report(long value) => progress?.Report(new ImportProgress(ImportPhase.Indexing, value, value, copied.Objects, copied.Bytes));
    }
}
