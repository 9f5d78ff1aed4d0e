using System.Text;
using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.Storage;

namespace Monorepo.Import.Tests;

/// <summary>Compares what a target holds with what the real git reads from the source.</summary>
internal static class ImportAssert
{
    private const int BatchIds = 2_000;

    /// <summary>Every ref, every object that refs reach (bytes too), and the log: all commits, each once, parents before children.</summary>
    public static async Task SameAsync(string sourcePath, IRepository repository)
    {
        await SameRefsAsync(sourcePath, repository);
        await SameObjectsAsync(sourcePath, repository);
        await SameLogAsync(sourcePath, repository);
    }

    public static async Task SameRefsAsync(string sourcePath, IRepository repository)
    {
        string[] expected = Lines(sourcePath, "for-each-ref", "--format=%(refname) %(objectname) %(*objectname)");
        RefSnapshot refs = await repository.Refs.ReadAsync(default);
        Assert.Equal(
            expected.Where(line => line.Length > 0).Select(line => line.Trim()[..(line.IndexOf(' ', StringComparison.Ordinal) + 41)]).Order(StringComparer.Ordinal),
            refs.Refs.Select(stored => $"{stored.Name} {stored.Target}"));
        foreach (StoredRef stored in refs.Refs)
        {
            string peeled = Lines(sourcePath, "rev-parse", stored.Target + "^{}")[0];
            Assert.Equal(peeled, (stored.Peeled ?? stored.Target).ToString());
        }
    }

    private static async Task SameObjectsAsync(string sourcePath, IRepository repository)
    {
        // Not --all, which would take in a detached HEAD.
        ObjectId[] ids = [.. Lines(sourcePath, "rev-list", "--objects", "--no-object-names", "--glob=refs/*").Where(line => line.Length > 0).Select(line => ObjectId.Parse(line))];
        foreach (ObjectId[] batch in ids.Chunk(BatchIds))
        {
            byte[] input = Encoding.ASCII.GetBytes(string.Concat(batch.Select(id => id + "\n")));
            byte[] output = SourceRepository.Run(sourcePath, input, ["cat-file", "--batch"]);
            using ObjectBatch stored = await repository.Objects.GetAsync(batch, default);
            int at = 0;
            for (int i = 0; i < batch.Length; i++)
            {
                int end = Array.IndexOf(output, (byte)'\n', at);
                string[] head = Encoding.ASCII.GetString(output, at, end - at).Split(' ');
                int size = int.Parse(head[2]);
                Assert.True(stored.IsPresent(i), $"{head[1]} {batch[i]} is missing");
                byte[] body = ObjectEnvelope.Open(stored[i], batch[i], out ObjectKind kind);
                Assert.Equal(head[1], kind.ToName());
                Assert.True(output.AsSpan(end + 1, size).SequenceEqual(body), $"{head[1]} {batch[i]} differs");
                at = end + 1 + size + 1;
            }
        }
    }

    private static async Task SameLogAsync(string sourcePath, IRepository repository)
    {
        var log = new HashSet<ObjectId>();
        long length = await repository.History.GetLengthAsync(default);
        Assert.Equal(length, await repository.Paths.GetLengthAsync(default));
        for (long position = 0; position < length;)
        {
            foreach (LogEntry entry in await repository.History.ReadAsync(position, 10_000, 64 << 20, default))
            {
                Assert.All(Commit.Parse(entry.Body).Parents, parent => Assert.Contains(parent, log));
                Assert.True(log.Add(entry.Id));
                position++;
            }
        }

        Assert.All(
            Lines(sourcePath, "rev-list", "--glob=refs/*").Where(line => line.Length > 0), line => Assert.Contains(ObjectId.Parse(line), log));
    }

    private static string[] Lines(string path, params string[] arguments) =>
        Encoding.UTF8.GetString(SourceRepository.Run(path, default, arguments)).TrimEnd('\n').Split('\n');
}
