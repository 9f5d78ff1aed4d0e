using System.Buffers;
using Monorepo.Core;
using Monorepo.Formats.History;
using Monorepo.Testing.Git;

namespace Monorepo.Formats.Tests.History;

/// <summary>Real histories: git says which bytes and ids there are.</summary>
public sealed class SegmentBundleTests(BundleHistories histories) : IClassFixture<BundleHistories>
{
    // git packs the same commits alone (clone --filter=tree:0) in 6,637,624 and 1,335,477 bytes.
    [Theory]
    [InlineData("watchman", 2_600_000)]
    [InlineData("vfsforgit", 650_000)]
    public void Every_commit_comes_back(string bundle, int bytesMax)
    {
        BundleHistory history = Read(bundle);
        CommitPositions positions = new(history.Ids);
        List<byte[]> segments = [];
        for (int start = 0; start < history.Ids.Count; start += SegmentFormat.CommitsPerSegment)
        {
            ReadOnlyMemory<byte>[] bodies = [.. history.Bodies.Skip(start).Take(SegmentFormat.CommitsPerSegment)];
            segments.Add(SegmentEncoder.Encode(start, bodies, positions, SegmentFormat.SealedLevel));
        }

        List<SeenCommit> seen = [.. segments.SelectMany(s => Segments.Verify(s, positions))];
        Assert.Equal(history.Ids, seen.Select(s => s.Id));
        Assert.InRange(segments.Sum(s => s.Length), 1, bytesMax);
        for (int i = 0; i < seen.Count; i++)
        {
            Commit commit = Commit.Parse(history.Bodies[i]);
            Assert.True(history.Bodies[i].Span.SequenceEqual(seen[i].Body));
            Assert.Equal((i, commit.Tree, commit.Committer.UnixSeconds), (seen[i].Position, seen[i].Tree, seen[i].CommitSeconds));
            Assert.Equal(commit.Parents, seen[i].Parents.Select(positions.GetId));
        }
    }

    [Theory]
    [InlineData("watchman")]
    [InlineData("vfsforgit")]
    public void Columns_tell_what_the_body_tells(string bundle)
    {
        BundleHistory history = Read(bundle);
        const int First = 2_000;
        const int Count = 1_000;
        CommitPositions positions = new(history.Ids);
        byte[] segment = SegmentEncoder.Encode(First, [.. history.Bodies.Skip(First).Take(Count)], positions, SegmentFormat.PassingLevel);
        using SegmentReader reader = SegmentReader.Open(segment);
        TextBuffer buffer = new();
        ArrayBufferWriter<byte> body = new();
        int raw = 0;
        for (int i = 0; i < Count; i++)
        {
            Commit commit = Commit.Parse(history.Bodies[First + i]);
            SegmentAssert.Tells(commit, reader, i, buffer);
            body.ResetWrittenCount();
            reader.Rebuild(i, positions, body);
            Assert.True(body.WrittenSpan.SequenceEqual(commit.Body.Span));
            raw += reader.IsRaw(i) ? 1 : 0;
        }

        // Nearly all commits that people write have columns.
        Assert.InRange(raw, 0, Count / 100);
        Assert.Equal(First, reader.FirstPosition);
    }

    private BundleHistory Read(string bundle)
    {
        string? path = RepositoryRoot.Bundle(bundle);
        Assert.SkipWhen(path is null, $"{bundle}.bundle is not beside the repository.");
        return histories.Read(path!);
    }
}

/// <summary>Reads each bundle once.</summary>
public sealed class BundleHistories
{
    private readonly Dictionary<string, BundleHistory> _read = new(StringComparer.Ordinal);

    public BundleHistory Read(string path)
    {
        if (!_read.TryGetValue(path, out BundleHistory? history))
        {
            _read.Add(path, history = BundleHistory.Read(path));
        }

        return history;
    }
}
