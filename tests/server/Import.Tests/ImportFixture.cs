using Monorepo.Core;
using Monorepo.Import.Targets;
using Monorepo.Storage;
using Monorepo.Storage.InMemory;

namespace Monorepo.Import.Tests;

/// <summary>A target in memory and an importer into it.</summary>
internal sealed class ImportFixture
{
    private static readonly RepositoryName Name = RepositoryName.Parse("main");

    public InMemoryEngine Engine { get; } = new();

    public Task<ImportResult> ImportAsync(
        string source, string workDirectory, IProgress<ImportProgress>? progress = null, ImportOptions? options = null, CancellationToken cancellationToken = default) =>
        new Importer(new StorageImportTarget(Engine, Name), options ?? new ImportOptions()).RunAsync(source, workDirectory, progress, cancellationToken);

    public Task<ImportResult> ImportAsync(SourceRepository source) => ImportAsync(source.Path, source.Beside("work"));

    public async Task<IRepository> OpenAsync() => await Engine.OpenAsync(Name, default) ?? throw new InvalidOperationException("Nothing was imported.");
}
