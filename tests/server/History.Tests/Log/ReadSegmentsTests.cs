using Google.Protobuf;
using Monorepo.Core;
using Monorepo.Formats.History;
using Monorepo.Formats.Protos;
using Monorepo.Rpc;
using Monorepo.Storage;
using Monorepo.Storage.InMemory;

namespace Monorepo.History.Tests.Log;

/// <summary>Clones and pulls by segments; three commits make one here.</summary>
public sealed class ReadSegmentsTests : IAsyncLifetime
{
    private const int SegmentCommits = 3;

    private TestServer _server = null!;
    private List<GitObject> _commits = null!;
    private ulong _epoch;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync(new InMemoryEngine(segmentCommits: SegmentCommits));
        GitObject tree = GitObject.Tree();
        _commits = [];
        for (int i = 0; i < 12; i++)
        {
            _commits.Add(GitObject.Commit(tree, $"change {i}", i == 0 ? [] : [_commits[^1]]));
        }

        await _server.FillAsync([tree, .. _commits.Take(8)], ("refs/heads/main", _commits[7]), ("refs/heads/old", _commits[2]));
        _epoch = (await _server.ReadHistoryAsync())[0].Head.Epoch;
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_clone_gets_sealed_segments_as_stored_and_the_rest_encoded()
    {
        List<ReadHistoryResponse> parts = await ReadAsync();
        Assert.Equal(8UL, parts[0].Head.Length);
        Assert.Equal(2, parts[0].Head.Refs.Refs.Count);
        Assert.Equal([(0UL, 3u, true), (3UL, 3u, true), (6UL, 2u, false)], parts.Skip(1).Select(p => (p.Segment.Position, p.Segment.Count, p.Segment.IsSealed)));
        IHistoryLog log = await LogAsync();
        Assert.Equal((await log.ReadSegmentAsync(3, default))!.Bytes.ToArray(), parts[2].Segment.Data.ToByteArray());
        Assert.Equal(_commits.Take(8).Select(c => c.Id), Commits(parts, 0));
    }

    [Theory]
    [InlineData(0, "0+3 3+3 6+2")]
    [InlineData(1, "1+2 3+3 6+2")]
    [InlineData(2, "2+1 3+3 6+2")]
    [InlineData(3, "3+3 6+2")]
    [InlineData(5, "5+1 6+2")]
    [InlineData(7, "7+1")]
    [InlineData(8, "")]
    public async Task A_pull_gets_what_is_after_its_position_and_no_more(int position, string expected)
    {
        List<ReadHistoryResponse> parts = await ReadAsync(position);
        Assert.Equal(expected, string.Join(' ', parts.Skip(1).Select(p => $"{p.Segment.Position}+{p.Segment.Count}")));
        Assert.Equal(_commits.Take(8).Skip(position).Select(c => c.Id), Commits(parts, position));
    }

    [Theory]
    [InlineData(0)] // sealed
    [InlineData(1)] // the end of a sealed one
    [InlineData(6)] // not sealed
    public async Task A_segment_that_was_cut_at_any_byte_goes_on_there(int position)
    {
        List<ReadHistoryResponse> whole = await ReadAsync(position);
        SegmentPart first = whole[1].Segment;
        for (int bytes = 0; bytes < first.TotalBytes; bytes += 7)
        {
            List<ReadHistoryResponse> parts = await ReadAsync(position, Beginning(first, bytes));
            Assert.Equal((uint)bytes, parts[1].Segment.Offset);
            Assert.Equal((first.Count, first.TotalBytes), (parts[1].Segment.Count, parts[1].Segment.TotalBytes));
            Assert.Equal(first.Data.Span[bytes..].ToArray(), parts[1].Segment.Data.ToByteArray());
            Assert.Equal(whole.Skip(2).Select(p => p.Segment.Data), parts.Skip(2).Select(p => p.Segment.Data));
        }
    }

    [Fact]
    public async Task A_cut_segment_goes_on_though_the_log_has_grown_and_was_sealed()
    {
        SegmentPart tail = (await ReadAsync(6))[1].Segment;
        await _server.IngestAsync(TestServer.Fill(_commits.Skip(8)));
        List<ReadHistoryResponse> parts = await ReadAsync(6, Beginning(tail, 50));
        Assert.Equal("6+2@50 8+1@0 9+3@0", string.Join(' ', parts.Skip(1).Select(p => $"{p.Segment.Position}+{p.Segment.Count}@{p.Segment.Offset}")));
        Assert.Equal(tail.Data.Span[50..].ToArray(), parts[1].Segment.Data.ToByteArray());
        Assert.Equal([false, false, true], parts.Skip(1).Select(p => p.Segment.IsSealed));

        // Where the bytes were others, the stored segment is sent from its start.
        parts = await ReadAsync(6, new SegmentBeginning { Count = 2, TotalBytes = tail.TotalBytes + 1, Bytes = 50 });
        Assert.Equal("6+3@0 9+3@0", string.Join(' ', parts.Skip(1).Select(p => $"{p.Segment.Position}+{p.Segment.Count}@{p.Segment.Offset}")));
    }

    [Theory]
    [InlineData(0, 100, 50)]
    [InlineData(SegmentFormat.CommitsPerSegment + 1, 100, 50)]
    [InlineData(3, 100, 100)]
    public async Task Beginnings_that_are_none_are_refused(int count, int totalBytes, int bytes)
    {
        SegmentBeginning held = new() { Count = (uint)count, TotalBytes = (uint)totalBytes, Bytes = (uint)bytes };
        RpcException e = await Assert.ThrowsAsync<RpcException>(() => ReadAsync(0, held));
        Assert.Equal(RpcStatusCode.InvalidArgument, e.StatusCode);
    }

    [Fact]
    public async Task Large_segments_come_in_parts_of_a_mebibyte()
    {
        Random random = new(1);
        List<GitObject> large = [];
        for (int i = 0; i < 2; i++)
        {
            byte[] noise = new byte[1_300_000];
            random.NextBytes(noise);
            large.Add(GitObject.Commit(GitObject.Tree(), Convert.ToBase64String(noise), [_commits[7]]));
        }

        await _server.IngestAsync(TestServer.Fill(large));
        List<ReadHistoryResponse> parts = await ReadAsync(8);
        SegmentPart[] pieces = [.. parts.Skip(1).Select(p => p.Segment)];
        Assert.InRange(pieces.Length, 4, 6);
        Assert.All(pieces, p => Assert.InRange(p.Data.Length, 1, 1 << 20));
        Assert.Equal(large.Select(c => c.Id), Commits(parts, 8));
    }

    [Fact]
    public async Task Known_refs_are_not_sent_again()
    {
        ulong offset = (await ReadAsync())[0].Head.Refs.Offset;
        HistoryHead same = await HeadAsync(offset);
        Assert.Null(same.Refs);
        Assert.Equal((offset, "", 0), (same.RefChanges.Offset, same.RefChanges.DefaultBranch, same.RefChanges.Changed.Count));

        GitObject tag = GitObject.Tag(_commits[3], "v1");
        await _server.IngestAsync(TestServer.Fill([tag], ("refs/tags/v1", tag)));
        IngestRequest moves = new() { Repository = TestServer.Repository, DefaultBranch = "refs/heads/main" };
        moves.RefChanges.Add(TestServer.Change("refs/heads/main", _commits[7], _commits[6]));
        moves.RefChanges.Add(TestServer.Change("refs/heads/old", _commits[2], null));
        await _server.IngestAsync(moves);
        IngestRequest again = new() { Repository = TestServer.Repository };
        again.RefChanges.Add(TestServer.Change("refs/heads/main", _commits[6], _commits[5]));
        await _server.IngestAsync(again);

        HistoryHead changed = await HeadAsync(offset + 1);
        Assert.Null(changed.Refs);
        Assert.Equal((offset + 3, "refs/heads/main"), (changed.RefChanges.Offset, changed.RefChanges.DefaultBranch));
        Assert.Equal(
            [("refs/heads/main", _commits[5].RawId, ByteString.Empty), ("refs/heads/old", ByteString.Empty, ByteString.Empty)],
            changed.RefChanges.Changed.Select(r => (r.Name, r.Target, r.Peeled)));

        // From the start on there are as many changes as refs and one: all refs are less.
        HistoryHead all = await HeadAsync(offset);
        Assert.Null(all.RefChanges);
        Assert.Equal(["refs/heads/main", "refs/tags/v1"], all.Refs.Refs.Select(r => r.Name));
        Assert.Equal(tag.RawId, all.Refs.Refs[1].Target);
        Assert.NotNull((await HeadAsync(offset + 4)).Refs);
        Assert.NotNull((await HeadAsync(offset + 3, _epoch + 2)).Refs);
    }

    private async Task<HistoryHead> HeadAsync(ulong knownRefOffset, ulong? epoch = null) => (await _server.ReadHistoryAsync(
        new ReadHistoryRequest { Epoch = epoch ?? _epoch, Position = 8, KnownRefOffset = knownRefOffset }))[0].Head;

    private Task<List<ReadHistoryResponse>> ReadAsync(int position = 0, SegmentBeginning? held = null) => _server.ReadHistoryAsync(
        new ReadHistoryRequest { Epoch = _epoch, Position = (ulong)position, Held = held });

    private async Task<IHistoryLog> LogAsync() => (await _server.Engine.OpenAsync(RepositoryName.Parse(TestServer.Repository), default))!.History;

    private static SegmentBeginning Beginning(SegmentPart part, int bytes) => new() { Count = part.Count, TotalBytes = part.TotalBytes, Bytes = (uint)bytes };

    /// <summary>Puts the parts together as a client does, and verifies every segment.</summary>
    private List<ObjectId> Commits(List<ReadHistoryResponse> parts, int position)
    {
        SegmentIds ids = new([.. _commits.Take(position).Select(c => c.Id)]);
        MemoryStream segment = new();
        foreach (SegmentPart part in parts.Skip(1).Select(p => p.Segment))
        {
            Assert.Equal((uint)segment.Length, part.Offset);
            segment.Write(part.Data.Span);
            if (segment.Length == part.TotalBytes)
            {
                using SegmentReader reader = SegmentReader.Open(segment.ToArray());
                Assert.Equal((ids.Ids.Count, (int)part.Count), ((int)reader.FirstPosition, reader.Count));
                reader.Verify(ids, ref ids);
                segment.SetLength(0);
            }
        }

        Assert.Equal(0, segment.Length);
        return ids.Ids[position..];
    }
}
