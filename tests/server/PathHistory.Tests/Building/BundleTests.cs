using System.Text;
using Monorepo.Core;
using Monorepo.Import;
using Monorepo.Import.Targets;
using Monorepo.PathHistory.Building;
using Monorepo.Storage;
using Monorepo.Storage.RocksDb;
using Monorepo.Testing.Git;

namespace Monorepo.PathHistory.Tests.Building;

/// <summary>Real histories: what git says each commit changed against its first parent.</summary>
public sealed class BundleTests : IDisposable
{
    private static readonly RepositoryName s_name = RepositoryName.Parse("r");

    private readonly string _directory = Directory.CreateTempSubdirectory("path-history-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("vfsforgit")]
    [InlineData("watchman")]
    public async Task The_index_of_a_real_history_lists_what_git_lists(string name)
    {
        string bundle = RepositoryRoot.Bundle(name) ?? "";
        Assert.SkipWhen(bundle.Length == 0, $"../shared/data/{name}.bundle is not here.");
        string git = Path.Combine(_directory, "git");
        GitCommand.Run(_directory, "clone", "--quiet", "--bare", bundle, git);
        await using RocksDbEngine engine = RocksDbEngine.Open(new RocksDbEngineOptions { Path = Path.Combine(_directory, "db") });
        await new Importer(new StorageImportTarget(engine, s_name), new ImportOptions()).RunAsync(git, _directory, null, Cancel);
        IRepository repository = (await engine.OpenAsync(s_name, Cancel))!;
        await new PathIndexBuilder(repository, new PathIndexBuilderOptions { BatchChangesMax = 20_000 }).CatchUpAsync(null, Cancel);
        long length = await repository.History.GetLengthAsync(Cancel);
        Assert.Equal(length, await repository.Paths.GetLengthAsync(Cancel));

        Dictionary<string, List<long>> expected = await ReadGitAsync(git, repository);
        foreach ((string path, List<long> positions) in expected)
        {
            positions.Sort();
            positions.Reverse();
            IReadOnlyList<PathChange> changes = await repository.Paths.ReadAsync(Encoding.Latin1.GetBytes(path), length, int.MaxValue, Cancel);
            Assert.True(positions.SequenceEqual(changes.Select(c => c.Position)), path);
        }
    }

    /// <summary>Positions by path, of files and of all directories above them.</summary>
    private static async Task<Dictionary<string, List<long>>> ReadGitAsync(string git, IRepository repository)
    {
        string[] parts = Encoding.Latin1.GetString(GitCommand.Run(
            git, "log", "--all", "--diff-merges=first-parent", "--name-only", "--no-renames", "--format=commit %H", "-z")).Split('\0');
        Dictionary<string, List<long>> paths = new(StringComparer.Ordinal);
        long position = -1;
        foreach (string part in parts.SelectMany(p => p.Split('\n')).Where(p => p.Length > 0))
        {
            if (part.StartsWith("commit ", StringComparison.Ordinal) && part.Length == "commit ".Length + ObjectId.HexSize)
            {
                position = (await repository.History.FindAsync(new[] { ObjectId.Parse(part.AsSpan("commit ".Length)) }, Cancel))[0]!.Value;
                continue;
            }

            string path = part;
            while (true)
            {
                if (!paths.TryGetValue(path, out List<long>? positions))
                    paths.Add(path, positions = []);
                if (positions.Count == 0 || positions[^1] != position)
                    positions.Add(position);
                if (path.Length == 0)
                    break;
                int slash = path.LastIndexOf('/');
                path = slash < 0 ? "" : path[..slash];
            }
        }

        return paths;
    }
}
