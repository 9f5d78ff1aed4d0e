using System.Diagnostics;
using System.Runtime.InteropServices;
using Monorepo.Core;
using Monorepo.Formats.Objects;

namespace Monorepo.Storage.RocksDb.Tests.Crash;

public sealed class KillTests
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task After_a_kill_at_any_moment_everything_promised_is_there_and_everything_there_is_whole()
    {
        using EngineDirectory directory = new();
        Dictionary<string, (long Length, long Offset)> promised = [];
        foreach (int killAfterLines in new[] { 1, 30, 60, 3 })
        {
            await WriteUntilKilledAsync(directory.Path, killAfterLines, promised);
            await using RocksDbEngine engine = directory.Open(segmentCommits: CrashWriter.SegmentCommits);
            foreach ((string name, (long length, long offset)) in promised)
            {
                IRepository? repository = await engine.OpenAsync(RepositoryName.Parse(name), default);
                Assert.NotNull(repository);
                await VerifyAsync(repository, length, offset);
            }
        }

        Assert.Equal(CrashWriter.Repositories.Count, promised.Count);
        Assert.All(promised.Values, static p => Assert.True(p.Length >= 5));
    }

    private static async Task WriteUntilKilledAsync(string path, int lines, Dictionary<string, (long Length, long Offset)> promised)
    {
        string host = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));
        ProcessStartInfo start = new(host)
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
            ArgumentList = { "exec", typeof(CrashWriter).Assembly.Location, CrashWriter.Command, path, $"{lines}" },
        };
        using Process process = Process.Start(start)!;
        using CancellationTokenSource deadline = new(s_deadline);
        try
        {
            for (int i = 0; i < lines; i++)
                Assert.True(Note(await process.StandardOutput.ReadLineAsync(deadline.Token)), "The writer ended by itself.");
        }
        finally
        {
            // SIGKILL: nothing in the process gets to run.
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
        }

        // What it printed before it died was promised too. A last line without its end was not.
        string rest = await process.StandardOutput.ReadToEndAsync(deadline.Token);
        foreach (string line in rest.Split('\n')[..^1])
            Note(line);

        bool Note(string? line)
        {
            if (line is null)
                return false;
            string[] parts = line.Split(' ');
            promised[parts[0]] = (long.Parse(parts[1]), long.Parse(parts[2]));
            return true;
        }
    }

    private static async Task VerifyAsync(IRepository repository, long lengthMin, long offsetMin)
    {
        long length = await repository.History.GetLengthAsync(default);
        Assert.True(length >= lengthMin, $"{length} commits, {lengthMin} were promised");
        List<LogEntry> log = [];
        while (log.Count < length)
            log.AddRange(await repository.History.ReadAsync(log.Count, 100, int.MaxValue, default));

        Assert.All(log, static e => Assert.Equal(e.Id, ObjectHasher.Hash(ObjectKind.Commit, e.Body.Span)));
        ObjectId[] commits = [.. log.Select(static e => e.Id)];
        Assert.Equal(Enumerable.Range(0, commits.Length).Select(static i => (long?)i), await repository.History.FindAsync(commits, default));

        // Segments hold the log from its start on, without gaps, to less than one before its end.
        await repository.History.SealAsync(default);
        long end = 0;
        while (await repository.History.ReadSegmentAsync(end, default) is { } segment)
        {
            Assert.Equal((end, CrashWriter.SegmentCommits), (segment.Position, segment.Count));
            end = segment.End;
        }

        Assert.InRange(length - end, 0, CrashWriter.SegmentCommits - 1);

        // Every object of every commit in the log, read and hashed.
        ObjectId[] trees = [.. log.Select(static e => SampleObjects.TreeOf(e.Body.Span))];
        List<ObjectId> blobs = [];
        foreach (byte[] tree in await OpenAllAsync(repository, trees, ObjectKind.Tree))
            blobs.Add(new ObjectId(tree.AsSpan(^ObjectId.Size..)));
        await OpenAllAsync(repository, commits, ObjectKind.Commit);
        await OpenAllAsync(repository, [.. blobs], ObjectKind.Blob);

        RefSnapshot refs = await repository.Refs.ReadAsync(default);
        Assert.True(refs.Offset >= offsetMin, $"ref offset {refs.Offset}, {offsetMin} was promised");
        ObjectId? replayed = null;
        IReadOnlyList<RefUpdate> updates = (await repository.Refs.ReadLogAsync(0, int.MaxValue, int.MaxValue, default)).Updates;
        Assert.Equal(refs.Offset, updates.Count);
        foreach (RefUpdate update in updates)
        {
            RefChange change = Assert.Single(update.Changes);
            Assert.Equal(replayed, change.Expected);
            replayed = change.Target;
        }

        StoredRef branch = Assert.Single(refs.Refs);
        Assert.Equal(CrashWriter.Branch, branch.Name);
        Assert.Equal(CrashWriter.Branch, refs.DefaultBranch);
        Assert.Equal(replayed, branch.Target);
        Assert.Contains(branch.Target, commits);
    }

    private static async Task<List<byte[]>> OpenAllAsync(IRepository repository, ObjectId[] ids, ObjectKind expected)
    {
        List<byte[]> bodies = [];
        using ObjectBatch batch = await repository.Objects.GetAsync(ids, default);
        IReadOnlyList<ObjectHeader?> headers = await repository.Objects.GetHeadersAsync(ids, default);
        for (int i = 0; i < ids.Length; i++)
        {
            Assert.True(batch.IsPresent(i), $"{expected} {ids[i]} is missing");
            bodies.Add(ObjectEnvelope.Open(batch[i], ids[i], out ObjectKind kind));
            Assert.Equal(expected, kind);
            Assert.Equal(expected, headers[i]?.Kind);
            Assert.Equal(bodies[^1].Length, headers[i]?.SizeBytes);
        }

        return bodies;
    }
}
