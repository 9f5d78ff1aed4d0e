using Monorepo.Core;

namespace Monorepo.Storage.RocksDb.Tests.Crash;

/// <summary>The process to be killed: commits to two repositories at once for ever, folds their clusters meanwhile, and prints what it was promised.</summary>
internal static class CrashWriter
{
    public const string Command = "crash-writer";

    public static readonly RefName Branch = RefName.Parse("refs/heads/main");

    public static readonly IReadOnlyList<RepositoryName> Repositories = [RepositoryName.Parse("a"), RepositoryName.Parse("b")];

    /// <summary>Few, so that a kill often meets a segment being sealed.</summary>
    public const int SegmentCommits = 6;

    public static async Task<int> RunAsync(string path, int seed)
    {
        RocksDbEngineOptions options = new() { Path = path, MemoryBytes = RocksDbEngineOptions.MemoryBytesMin, SegmentCommits = SegmentCommits };
        await using RocksDbEngine engine = RocksDbEngine.Open(options);
        Lock printing = new();
        Task[] writers = [.. Repositories.Select((name, i) => Task.Run(() => WriteAsync(engine, name, new Random(seed + i), printing)))];
        await Task.WhenAll([.. writers, Task.Run(() => FoldAsync(engine))]);
        return 1;
    }

    private static async Task FoldAsync(RocksDbEngine engine)
    {
        while (true)
            await engine.FoldAsync(null, null, default);
    }

    private static async Task WriteAsync(RocksDbEngine engine, RepositoryName name, Random random, Lock printing)
    {
        IRepository repository = await engine.CreateAsync(name, default);
        while (true)
        {
            long length = await repository.History.GetLengthAsync(default);
            RefSnapshot refs = await repository.Refs.ReadAsync(default);
            ObjectId? tip = refs.Refs.Count == 0 ? null : refs.Refs[0].Target;
            ObjectId? parent = length == 0 ? null : (await repository.History.ReadAsync(length - 1, 1, 1, default))[0].Id;
            List<NewObject> objects = [];
            List<LogEntry> entries = [];
            for (int i = random.Next(1, 8); i > 0; i--)
            {
                // Both sides of the limit where values go to blob files; alone and several in a cluster.
                NewObject blob = SampleObjects.Blob(random.Next(), random.Next(10, 100_000));
                NewObject tree = SampleObjects.Tree(blob.Id) with { Locality = ObjectLocality.OfKind(ObjectKind.Tree) };
                if (random.Next(2) == 0)
                    blob = blob with { Locality = ObjectLocality.OfKind(ObjectKind.Blob) };
                byte[] commit = SampleObjects.Commit(tree.Id, parent, length + entries.Count);
                NewObject commitObject = SampleObjects.New(ObjectKind.Commit, commit);
                objects.AddRange([blob, tree, commitObject]);
                entries.Add(new LogEntry(commitObject.Id, commit));
                parent = commitObject.Id;
            }

            await repository.Objects.PutAsync(objects, default);
            if (await repository.History.AppendAsync(length, entries, default) != AppendResult.Appended)
                throw new InvalidOperationException("Somebody else appends.");
            RefUpdateResult result = await repository.Refs.UpdateAsync([new RefChange(Branch, tip, parent)], Branch, default);
            if (!result.IsAccepted)
                throw new InvalidOperationException("Somebody else updates refs.");
            lock (printing)
            {
                Console.Out.WriteLine($"{name} {length + entries.Count} {result.Offset}");
                Console.Out.Flush();
            }
        }
    }
}
