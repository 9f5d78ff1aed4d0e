using Monorepo.Core;
using Monorepo.PathHistory.Building;
using Monorepo.Storage;

namespace Monorepo.Import.Targets;

/// <summary>Writes to a storage engine in this process. The caller owns the engine.</summary>
public sealed class StorageImportTarget(IStorageEngine engine, RepositoryName name) : IImportTarget
{
    private IRepository? _repository;

    private IRepository Repository => _repository ?? throw new InvalidOperationException("The target was not opened.");

    public async ValueTask<RefSnapshot> OpenAsync(CancellationToken cancellationToken)
    {
        _repository = await engine.CreateAsync(name, cancellationToken);
        return await _repository.Refs.ReadAsync(cancellationToken);
    }

    public async ValueTask<IReadOnlyList<bool>> ContainsCommitsAsync(ReadOnlyMemory<ObjectId> ids, CancellationToken cancellationToken)
    {
        IReadOnlyList<long?> positions = await Repository.History.FindAsync(ids, cancellationToken);
        return [.. positions.Select(static position => position is not null)];
    }

    public ValueTask PutObjectsAsync(IReadOnlyList<NewObject> objects, CancellationToken cancellationToken) =>
        Repository.Objects.PutAsync(objects, cancellationToken);

    public async ValueTask AppendCommitsAsync(IReadOnlyList<LogEntry> entries, CancellationToken cancellationToken)
    {
        for (int attempt = 0; attempt < ImportLimits.AttemptsMax; attempt++)
        {
            // The length first: whoever appends after it makes our append fail, so what we find below stays true.
            long length = await Repository.History.GetLengthAsync(cancellationToken);
            IReadOnlyList<bool> present = await ContainsCommitsAsync(entries.Select(static entry => entry.Id).ToArray(), cancellationToken);
            LogEntry[] absent = [.. entries.Where((_, index) => !present[index])];
            if (absent.Length == 0 || await Repository.History.AppendAsync(length, absent, cancellationToken) == AppendResult.Appended)
                return;
        }

        throw new ImportException(ImportFailure.TargetChanged, $"Others kept appending to {name} while its import tried to, {ImportLimits.AttemptsMax} times.");
    }

    public async ValueTask<bool> UpdateRefsAsync(IReadOnlyList<RefChange> changes, RefName? defaultBranch, CancellationToken cancellationToken) =>
        (await Repository.Refs.UpdateAsync(changes, defaultBranch, cancellationToken)).IsAccepted;

    public async ValueTask IndexPathsAsync(IProgress<long> indexed, CancellationToken cancellationToken) =>
        await new PathIndexBuilder(Repository).CatchUpAsync(indexed, cancellationToken);

    public ValueTask<RefSnapshot> ReadRefsAsync(CancellationToken cancellationToken) => Repository.Refs.ReadAsync(cancellationToken);
}
