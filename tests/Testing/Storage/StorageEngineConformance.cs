using Monorepo.Core;
using Monorepo.Formats.History;
using Monorepo.Formats.Objects;
using Monorepo.Storage;
using Monorepo.Testing.Objects;
using Xunit;

namespace Monorepo.Testing.Storage;

/// <summary>
/// What every storage engine promises. A test class per engine inherits it and says how an engine is made;
/// <see cref="ReopenAsync(IStorageEngine)"/> gives the same data through a fresh engine where the engine is durable.
/// </summary>
public abstract partial class StorageEngineConformance : IAsyncLifetime
{
    protected static readonly RepositoryName Main = RepositoryName.Parse("main");

    protected IStorageEngine Engine { get; private set; } = null!;

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>An empty engine that seals segments of <see cref="SegmentCommits"/>.</summary>
    protected abstract ValueTask<IStorageEngine> CreateEngineAsync();

    /// <summary>Closes the engine and opens its data again. Engines without durability return the same instance.</summary>
    protected abstract ValueTask<IStorageEngine> ReopenAsync(IStorageEngine engine);

    public async ValueTask InitializeAsync() => Engine = await CreateEngineAsync();

    public virtual async ValueTask DisposeAsync()
    {
        await Engine.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected async ValueTask ReopenAsync() => Engine = await ReopenAsync(Engine);

    private ValueTask<IRepository> RepositoryAsync() => Engine.CreateAsync(Main, Cancel);

    [Fact]
    public async Task A_repository_is_there_once_made_and_not_before()
    {
        Assert.Null(await Engine.OpenAsync(Main, Cancel));
        Assert.Empty(await Engine.ListAsync(Cancel));
        await Engine.CreateAsync(RepositoryName.Parse("z/last"), Cancel);
        IRepository made = await Engine.CreateAsync(Main, Cancel);
        IRepository again = await Engine.CreateAsync(Main, Cancel);
        Assert.Equal(made.History.Epoch, again.History.Epoch);
        Assert.NotEqual(0UL, made.History.Epoch);
        await ReopenAsync();
        IRepository? opened = await Engine.OpenAsync(Main, Cancel);
        Assert.NotNull(opened);
        Assert.Equal(Main, opened.Name);
        Assert.Equal(made.History.Epoch, opened.History.Epoch);
        Assert.Equal(["main", "z/last"], (await Engine.ListAsync(Cancel)).Select(n => n.Value));
    }

    [Fact]
    public async Task Repositories_do_not_see_each_other()
    {
        IRepository one = await RepositoryAsync();
        IRepository two = await Engine.CreateAsync(RepositoryName.Parse("two"), Cancel);
        NewObject blob = Sample.Blob(1);
        await one.Objects.PutAsync([blob], Cancel);
        await one.History.AppendAsync(0, Sample.Line(1), Cancel);
        await one.Refs.UpdateAsync([new RefChange(RefName.Parse("refs/heads/main"), null, Sample.Commit(0).Id)], null, Cancel);
        Assert.False((await two.Objects.ContainsAsync(new[] { blob.Id }, Cancel))[0]);
        Assert.Equal(0, await two.History.GetLengthAsync(Cancel));
        Assert.Empty((await two.Refs.ReadAsync(Cancel)).Refs);
        Assert.Null((await two.History.FindAsync(new[] { Sample.Commit(0).Id }, Cancel))[0]);
    }

    [Fact]
    public async Task Objects_come_back_as_they_were_put_in_the_order_asked()
    {
        IRepository repository = await RepositoryAsync();
        NewObject[] blobs = [.. Enumerable.Range(0, 300).Select(i => Sample.Blob(i, sizeBytes: i * 97))];
        await repository.Objects.PutAsync(blobs, Cancel);
        await ReopenAsync();
        repository = await RepositoryAsync();

        ObjectId absent = Sample.Blob(9_999).Id;
        ObjectId[] ids = [.. blobs.Reverse().Select(b => b.Id), absent, blobs[5].Id, absent];
        using ObjectBatch batch = await repository.Objects.GetAsync(ids, Cancel);
        Assert.Equal(ids.Length, batch.Count);
        for (int i = 0; i < blobs.Length; i++)
        {
            Assert.True(batch.IsPresent(i));
            Assert.True(batch[i].SequenceEqual(blobs[^(i + 1)].Envelope.Span));
        }

        Assert.False(batch.IsPresent(blobs.Length));
        Assert.True(batch[blobs.Length].IsEmpty);
        Assert.True(batch[blobs.Length + 1].SequenceEqual(blobs[5].Envelope.Span));
        Assert.False(batch.IsPresent(blobs.Length + 2));
    }

    [Fact]
    public async Task Objects_with_a_locality_come_back_with_the_same_bodies()
    {
        IRepository repository = await RepositoryAsync();
        List<(ObjectId Id, ObjectKind Kind, byte[] Body)> all = [];
        List<NewObject> objects = [];
        for (int path = 0; path < 12; path++)
        {
            ObjectKind kind = path % 3 == 0 ? ObjectKind.Tree : ObjectKind.Blob;
            ObjectLocality locality = ObjectLocality.Of(kind, ObjectLocality.Enter(ObjectLocality.RootDirectory, [(byte)(path / 4)]), [(byte)path]);
            for (int version = 0; version < 40; version++)
            {
                // Empty, small, large; each version a little different from the one before; the second path is above what may lie with others.
                byte[] body = new byte[path == 1 ? 600_000 + version : path * path * 500];
                new Random(path).NextBytes(body);
                body = [.. body, .. BitConverter.GetBytes(version)];
                body = path == 0 && version == 0 ? [] : body;
                ObjectId id = ObjectHasher.Hash(kind, body);
                all.Add((id, kind, body));
                objects.Add(new NewObject(id, version % 2 == 0 ? ObjectEnvelope.Wrap(kind, body) : ObjectEnvelope.Seal(kind, body), locality));
            }
        }

        // Again and in two steps, so that some of a cluster are present already.
        await repository.Objects.PutAsync([.. objects.Where(static (_, i) => i % 3 == 0)], Cancel);
        await repository.Objects.PutAsync([.. objects, objects[7]], Cancel);
        await repository.Objects.PutAsync(objects, Cancel);
        await ReopenAsync();
        repository = await RepositoryAsync();

        foreach (int step in new[] { 1, 7, 41, 479 })
        {
            (ObjectId Id, ObjectKind Kind, byte[] Body)[] asked = [.. all.Where((_, i) => i % step == step - 1)];
            ObjectId[] ids = [.. asked.Select(o => o.Id)];
            using ObjectBatch batch = await repository.Objects.GetAsync(ids, Cancel);
            IReadOnlyList<ObjectHeader?> headers = await repository.Objects.GetHeadersAsync(ids, Cancel);
            Assert.DoesNotContain(false, await repository.Objects.ContainsAsync(ids, Cancel));
            for (int i = 0; i < ids.Length; i++)
            {
                Assert.True(batch.IsPresent(i));
                Assert.Equal(asked[i].Body, ObjectEnvelope.Open(batch[i], ids[i], out ObjectKind kind));
                Assert.Equal(asked[i].Kind, kind);
                Assert.Equal((asked[i].Kind, asked[i].Body.Length), (headers[i]!.Value.Kind, headers[i]!.Value.SizeBytes));
            }
        }
    }

    [Fact]
    public async Task A_damaged_payload_with_a_locality_refuses_the_whole_batch()
    {
        IRepository repository = await RepositoryAsync();
        NewObject good = Sample.Blob(1);
        byte[] cut = ObjectEnvelope.Wrap(ObjectKind.Blob, new byte[100])[..^1];
        ObjectLocality locality = ObjectLocality.OfKind(ObjectKind.Blob);
        await Assert.ThrowsAsync<CorruptObjectException>(async () => await repository.Objects.PutAsync(
            [good, new(Sample.Blob(2).Id, cut, locality), Sample.Blob(3) with { Locality = locality }], Cancel));
        Assert.Equal([false, false], await repository.Objects.ContainsAsync(new[] { good.Id, Sample.Blob(3).Id }, Cancel));
    }

    [Fact]
    public async Task Headers_and_presence_are_told_without_bodies()
    {
        IRepository repository = await RepositoryAsync();
        NewObject small = Sample.Blob(1);
        NewObject large = Sample.Blob(2, sizeBytes: 3_000_000);
        NewObject tree = Sample.New(ObjectKind.Tree, []);
        await repository.Objects.PutAsync([small, large, tree], Cancel);
        ObjectId[] ids = [large.Id, Sample.Blob(3).Id, tree.Id, small.Id];
        IReadOnlyList<ObjectHeader?> headers = await repository.Objects.GetHeadersAsync(ids, Cancel);
        Assert.Equal([3_000_000, null, 0, 40], headers.Select(h => h?.SizeBytes));
        Assert.Equal([ObjectKind.Blob, null, ObjectKind.Tree, ObjectKind.Blob], headers.Select(h => h?.Kind));
        Assert.Equal([true, false, true, true], await repository.Objects.ContainsAsync(ids, Cancel));
    }

    [Fact]
    public async Task An_id_that_is_present_keeps_its_bytes()
    {
        IRepository repository = await RepositoryAsync();
        byte[] body = new byte[1000];
        ObjectId id = ObjectHasher.Hash(ObjectKind.Blob, body);
        byte[] compressed = ObjectEnvelope.Seal(ObjectKind.Blob, body);
        byte[] raw = [(byte)ObjectKind.Blob, 0xE8, 3, 0, 0, .. body];
        await repository.Objects.PutAsync([new(id, compressed), new(id, compressed)], Cancel);
        await repository.Objects.PutAsync([new(id, raw)], Cancel);
        using ObjectBatch batch = await repository.Objects.GetAsync(new[] { id }, Cancel);
        Assert.True(batch[0].SequenceEqual(compressed));
    }

    [Fact]
    public async Task A_bad_envelope_refuses_the_whole_batch()
    {
        IRepository repository = await RepositoryAsync();
        NewObject good = Sample.Blob(1);
        await Assert.ThrowsAsync<CorruptObjectException>(async () =>
            await repository.Objects.PutAsync([good, new(Sample.Blob(2).Id, new byte[] { 0xFF, 0, 0 })], Cancel));
        Assert.False((await repository.Objects.ContainsAsync(new[] { good.Id }, Cancel))[0]);
    }

    [Fact]
    public async Task Calls_above_the_limits_are_refused()
    {
        IRepository repository = await RepositoryAsync();
        ObjectId[] ids = new ObjectId[IObjectStore.IdsMax + 1];
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => (await repository.Objects.GetAsync(ids, Cancel)).Dispose());
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await repository.Objects.ContainsAsync(ids, Cancel));
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await repository.Objects.GetHeadersAsync(ids, Cancel));
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await repository.History.FindAsync(ids, Cancel));
    }

    [Fact]
    public async Task The_log_keeps_positions_and_bodies()
    {
        IRepository repository = await RepositoryAsync();
        IReadOnlyList<LogEntry> line = Sample.Line(500);
        Assert.Equal(AppendResult.Appended, await repository.History.AppendAsync(0, [.. line.Take(200)], Cancel));
        Assert.Equal(AppendResult.Appended, await repository.History.AppendAsync(200, [.. line.Skip(200)], Cancel));
        await ReopenAsync();
        repository = await RepositoryAsync();
        Assert.Equal(500, await repository.History.GetLengthAsync(Cancel));
        IReadOnlyList<LogEntry> read = await repository.History.ReadAsync(150, 100, int.MaxValue, Cancel);
        Assert.Equal(line.Skip(150).Take(100).Select(e => e.Id), read.Select(e => e.Id));
        Assert.All(read, e => Assert.Equal(e.Id, ObjectHasher.Hash(ObjectKind.Commit, e.Body.Span)));
        IReadOnlyList<long?> found = await repository.History.FindAsync(new[] { line[499].Id, Sample.Commit(9_999).Id, line[0].Id }, Cancel);
        Assert.Equal([499L, null, 0L], found);
    }

    [Fact]
    public async Task A_read_of_the_log_stops_at_its_limits_but_gives_one_entry_at_least()
    {
        IRepository repository = await RepositoryAsync();
        IReadOnlyList<LogEntry> line = Sample.Line(10);
        await repository.History.AppendAsync(0, line, Cancel);
        Assert.Single(await repository.History.ReadAsync(3, 10, 1, Cancel));
        int two = line[0].Body.Length + line[1].Body.Length;
        Assert.Equal(2, (await repository.History.ReadAsync(0, 10, two, Cancel)).Count);
        Assert.Equal(3, (await repository.History.ReadAsync(7, 10, int.MaxValue, Cancel)).Count);
        Assert.Empty(await repository.History.ReadAsync(10, 10, int.MaxValue, Cancel));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await repository.History.ReadAsync(11, 10, int.MaxValue, Cancel));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await repository.History.ReadAsync(-1, 10, int.MaxValue, Cancel));
    }

    [Fact]
    public async Task An_append_at_another_length_changes_nothing()
    {
        IRepository repository = await RepositoryAsync();
        IReadOnlyList<LogEntry> line = Sample.Line(3);
        await repository.History.AppendAsync(0, [.. line.Take(2)], Cancel);
        Assert.Equal(AppendResult.LengthChanged, await repository.History.AppendAsync(1, [line[2]], Cancel));
        Assert.Equal(2, await repository.History.GetLengthAsync(Cancel));
        Assert.Null((await repository.History.FindAsync(new[] { line[2].Id }, Cancel))[0]);
    }

    [Fact]
    public async Task A_commit_is_in_the_log_once()
    {
        IRepository repository = await RepositoryAsync();
        IReadOnlyList<LogEntry> line = Sample.Line(3);
        await repository.History.AppendAsync(0, [.. line.Take(2)], Cancel);
        await Assert.ThrowsAsync<ArgumentException>(async () => await repository.History.AppendAsync(2, [line[2], line[0]], Cancel));
        await Assert.ThrowsAsync<ArgumentException>(async () => await repository.History.AppendAsync(2, [line[2], line[2]], Cancel));
        Assert.Equal(2, await repository.History.GetLengthAsync(Cancel));
        Assert.Null((await repository.History.FindAsync(new[] { line[2].Id }, Cancel))[0]);
    }

    [Fact]
    public async Task Of_many_writers_at_one_length_one_wins()
    {
        IRepository repository = await RepositoryAsync();
        Task<AppendResult>[] writers = [.. Enumerable.Range(0, 16).Select(i =>
            Task.Run(async () => await repository.History.AppendAsync(0, [Sample.Commit(i)], Cancel)))];
        AppendResult[] results = await Task.WhenAll(writers);
        Assert.Single(results, AppendResult.Appended);
        Assert.Equal(1, await repository.History.GetLengthAsync(Cancel));
    }

    /// <summary>Commits a segment holds in these tests.</summary>
    protected const int SegmentCommits = 100;

    [Fact]
    public async Task Segments_are_sealed_when_they_are_full_and_nothing_else_changes()
    {
        IRepository repository = await RepositoryAsync();
        IReadOnlyList<LogEntry> line = Sample.Line(330);
        await repository.History.AppendAsync(0, [.. line.Take(99)], Cancel);
        await repository.History.SealAsync(Cancel);
        Assert.Null(await repository.History.ReadSegmentAsync(0, Cancel));
        await repository.History.AppendAsync(99, [.. line.Skip(99).Take(2)], Cancel);
        await repository.History.SealAsync(Cancel);
        byte[] first = (await repository.History.ReadSegmentAsync(99, Cancel))!.Bytes.ToArray();
        Assert.Null(await repository.History.ReadSegmentAsync(100, Cancel));
        await repository.History.AppendAsync(101, [.. line.Skip(101)], Cancel);
        await repository.History.SealAsync(Cancel);
        await ReopenAsync();
        repository = await RepositoryAsync();

        Assert.Equal(330, await repository.History.GetLengthAsync(Cancel));
        Assert.Null(await repository.History.ReadSegmentAsync(300, Cancel));
        Assert.Null(await repository.History.ReadSegmentAsync(10_000, Cancel));
        Assert.Equal(first, (await repository.History.ReadSegmentAsync(0, Cancel))!.Bytes.ToArray());
        for (int i = 0; i < 300; i += 37)
        {
            SealedSegment segment = (await repository.History.ReadSegmentAsync(i, Cancel))!;
            Assert.Equal((i / 100 * 100, 100, (i / 100 * 100) + 100), (segment.Position, segment.Count, segment.End));
            Assert.Equal(line.Skip(i / 100 * 100).Take(100).Select(e => e.Id), Verify(segment, line));
        }

        // Across the borders of segments, and of what is sealed.
        foreach ((int position, int count) in new[] { (0, 330), (95, 10), (199, 1), (200, 100), (250, 80), (329, 1) })
        {
            IReadOnlyList<LogEntry> read = await repository.History.ReadAsync(position, count, int.MaxValue, Cancel);
            Assert.Equal(line.Skip(position).Take(count).Select(e => e.Id), read.Select(e => e.Id));
            Assert.All(read, e => Assert.Equal(e.Id, ObjectHasher.Hash(ObjectKind.Commit, e.Body.Span)));
        }

        Assert.Single(await repository.History.ReadAsync(3, 10, 1, Cancel));
        Assert.Equal([0L, 150L, 299L, 300L], await repository.History.FindAsync(new[] { line[0].Id, line[150].Id, line[299].Id, line[300].Id }, Cancel));
        await Assert.ThrowsAsync<ArgumentException>(async () => await repository.History.AppendAsync(330, [line[7]], Cancel));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await repository.History.ReadSegmentAsync(-1, Cancel));
    }

    [Fact]
    public async Task Parents_anywhere_before_are_kept()
    {
        IRepository repository = await RepositoryAsync();
        ObjectId elsewhere = Sample.Commit(77_777).Id;
        Random random = new(3);
        List<LogEntry> entries = [];
        for (int i = 0; i < 250; i++)
        {
            ObjectId[] parents = [.. Enumerable.Range(0, random.Next(0, 4)).Select(_ => entries.Count == 0 ? elsewhere : entries[random.Next(entries.Count)].Id)];
            entries.Add(Sample.Commit(i, i == 120 ? [.. parents, elsewhere] : parents));
        }

        await repository.History.AppendAsync(0, entries, Cancel);
        await repository.History.SealAsync(Cancel);
        await ReopenAsync();
        repository = await RepositoryAsync();
        Assert.Equal(entries.Take(100).Select(e => e.Id), Verify((await repository.History.ReadSegmentAsync(5, Cancel))!, entries));
        Assert.Equal(entries.Skip(100).Take(100).Select(e => e.Id), Verify((await repository.History.ReadSegmentAsync(150, Cancel))!, entries));
        for (int i = 0; i < entries.Count; i += 7)
        {
            LogEntry read = Assert.Single(await repository.History.ReadAsync(i, 1, int.MaxValue, Cancel));
            Assert.Equal(entries[i].Id, read.Id);
            Assert.True(entries[i].Body.Span.SequenceEqual(read.Body.Span));
        }

        SealedSegment passing = await LogSegments.EncodeAsync(repository.History, 60, 190, Cancel);
        Assert.Equal((60, 130), (passing.Position, passing.Count));
        Assert.Equal(entries.Skip(60).Take(130).Select(e => e.Id), Verify(passing, entries));
    }

    [Fact]
    public async Task Commits_that_fill_a_segment_by_their_size_close_it()
    {
        IRepository repository = await RepositoryAsync();
        LogEntry[] large = [.. Enumerable.Range(0, 2).Select(i => LargeCommit(i, (SegmentFormat.BodyBytesMax / 2) + i))];
        await repository.History.AppendAsync(0, large, Cancel);
        await repository.History.SealAsync(Cancel);
        SealedSegment segment = (await repository.History.ReadSegmentAsync(0, Cancel))!;
        Assert.Equal((0, 1), (segment.Position, segment.Count));
        Assert.Null(await repository.History.ReadSegmentAsync(1, Cancel));
        Assert.Equal([large[0].Id], Verify(segment, large));
        await Assert.ThrowsAsync<ArgumentException>(async () =>
            await repository.History.AppendAsync(2, [LargeCommit(9, SegmentFormat.BodyBytesMax + 1)], Cancel));
    }

    [Fact]
    public async Task Appends_and_reads_go_on_while_segments_are_sealed()
    {
        IRepository repository = await RepositoryAsync();
        IReadOnlyList<LogEntry> line = Sample.Line(1_000);
        Task writer = Task.Run(async () =>
        {
            for (int i = 0; i < line.Count; i += 25)
            {
                Assert.Equal(AppendResult.Appended, await repository.History.AppendAsync(i, [.. line.Skip(i).Take(25)], Cancel));
            }
        });
        do
        {
            int length = (int)await repository.History.GetLengthAsync(Cancel);
            IReadOnlyList<LogEntry> read = await repository.History.ReadAsync(length / 2, line.Count, int.MaxValue, Cancel);
            Assert.Equal(line.Skip(length / 2).Take(read.Count).Select(e => e.Id), read.Select(e => e.Id));
            Assert.True(read.Count >= length - (length / 2));
        }
        while (!writer.IsCompleted);
        await writer;
        await repository.History.SealAsync(Cancel);
        Assert.NotNull(await repository.History.ReadSegmentAsync(999, Cancel));
    }

    private static LogEntry LargeCommit(int number, int bytes)
    {
        byte[] body = [.. Sample.Commit(number).Body.Span];
        int head = body.Length;
        Array.Resize(ref body, bytes);
        body.AsSpan(head).Fill((byte)'x');
        return new LogEntry(ObjectHasher.Hash(ObjectKind.Commit, body), body);
    }

    private static List<ObjectId> Verify(SealedSegment segment, IReadOnlyList<LogEntry> log)
    {
        List<ObjectId> seen = [];
        using SegmentReader reader = SegmentReader.Open(segment.Bytes);
        Assert.Equal((segment.Position, segment.Count), (reader.FirstPosition, reader.Count));
        IdCollector collector = new(seen);
        reader.Verify(new LogIds(log), ref collector);
        return seen;
    }

    private readonly struct LogIds(IReadOnlyList<LogEntry> log) : ICommitIds
    {
        public ObjectId GetId(long position) => log[(int)position].Id;
    }

    private readonly struct IdCollector(List<ObjectId> seen) : ISegmentVisitor
    {
        public void Visit(in SegmentCommit commit) => seen.Add(commit.Id);
    }

    [Fact]
    public async Task Refs_change_together_or_not_at_all()
    {
        IRepository repository = await RepositoryAsync();
        RefName a = RefName.Parse("refs/heads/a");
        RefName b = RefName.Parse("refs/tags/b");
        ObjectId one = Sample.Commit(1).Id;
        ObjectId two = Sample.Commit(2).Id;
        RefSnapshot empty = await repository.Refs.ReadAsync(Cancel);
        Assert.Equal(0, empty.Offset);
        Assert.Null(empty.DefaultBranch);

        RefUpdateResult first = await repository.Refs.UpdateAsync([new(b, null, two, one), new(a, null, one)], a, Cancel);
        Assert.True(first.IsAccepted);
        Assert.Equal(1, first.Offset);
        RefUpdateResult refused = await repository.Refs.UpdateAsync([new(b, two, one), new(a, two, one)], b, Cancel);
        Assert.Equal(a, refused.Conflict);
        Assert.Equal(1, refused.Offset);
        RefUpdateResult exists = await repository.Refs.UpdateAsync([new(a, null, two)], null, Cancel);
        Assert.Equal(a, exists.Conflict);

        await ReopenAsync();
        repository = await RepositoryAsync();
        RefSnapshot refs = await repository.Refs.ReadAsync(Cancel);
        Assert.Equal([new StoredRef(a, one, null), new StoredRef(b, two, one)], refs.Refs);
        Assert.Equal(a, refs.DefaultBranch);
        Assert.Equal(1, refs.Offset);

        RefUpdateResult deleted = await repository.Refs.UpdateAsync([new(a, one, null)], null, Cancel);
        Assert.Equal(2, deleted.Offset);
        refs = await repository.Refs.ReadAsync(Cancel);
        Assert.Equal([b], refs.Refs.Select(r => r.Name));
        Assert.Equal(a, refs.DefaultBranch);
    }

    [Fact]
    public async Task Of_several_updates_in_one_call_each_stands_by_itself_and_sees_those_before()
    {
        IRepository repository = await RepositoryAsync();
        RefName a = RefName.Parse("refs/heads/a");
        RefName b = RefName.Parse("refs/heads/b");
        ObjectId one = Sample.Commit(1).Id;
        ObjectId two = Sample.Commit(2).Id;
        IReadOnlyList<RefUpdateResult> results = await repository.Refs.UpdateManyAsync(
            [
                new([new(a, null, one)], a),
                new([new(b, null, one), new(a, null, two)]),
                new([new(a, one, two), new(b, null, two)]),
                new([new(b, two, null)]),
                new([], b),
            ],
            Cancel);
        Assert.Equal([new(1, null), new(1, a), new(2, null), new(3, null), new(3, null)], results);

        await ReopenAsync();
        repository = await RepositoryAsync();
        RefSnapshot refs = await repository.Refs.ReadAsync(Cancel);
        Assert.Equal([new StoredRef(a, two, null)], refs.Refs);
        Assert.Equal((3, b), (refs.Offset, refs.DefaultBranch));
        IReadOnlyList<RefUpdate> log = (await repository.Refs.ReadLogAsync(0, 10, int.MaxValue, Cancel)).Updates;
        Assert.Equal([1, 2, 1], log.Select(u => u.Changes.Count));
        Assert.Equal(new RefChange(b, two, null), log[2].Changes[0]);
    }

    [Fact]
    public async Task Refs_are_found_by_name()
    {
        IRepository repository = await RepositoryAsync();
        RefName a = RefName.Parse("refs/heads/a");
        RefName b = RefName.Parse("refs/tags/b");
        ObjectId one = Sample.Commit(1).Id;
        Assert.Empty((await repository.Refs.FindAsync([a], Cancel)).Refs);
        await repository.Refs.UpdateAsync([new(b, null, one, one), new(a, null, one)], a, Cancel);
        RefSnapshot found = await repository.Refs.FindAsync([b, RefName.Parse("refs/heads/absent"), a, b], Cancel);
        Assert.Equal([new StoredRef(a, one, null), new StoredRef(b, one, one)], found.Refs);
        Assert.Equal((1, a), (found.Offset, found.DefaultBranch));
        Assert.Equal([b], (await repository.Refs.FindAsync([b], Cancel)).Refs.Select(r => r.Name));
    }

    [Theory]
    [InlineData("refs/heads/a", "refs/heads/a/b", null)]
    [InlineData("refs/heads/a/b/c/d", "refs/heads/a/b", null)]
    [InlineData("refs/heads/a", "refs/heads/a/b/c", "refs/heads/a/b/d")]
    [InlineData("refs/heads/a", "refs/heads/a-b", null)]
    [InlineData("refs/heads/a", "refs/heads/a0", null)]
    [InlineData("refs/heads/a", "refs/heads/a", null)]
    [InlineData("refs/heads/a/b", "refs/heads/ab", "refs/tags/a")]
    public async Task Refs_that_stand_in_the_way_are_found(string name, string stored, string? other)
    {
        IRepository repository = await RepositoryAsync();
        RefName wanted = RefName.Parse(name);
        RefName[] refs = [.. new[] { stored, other }.OfType<string>().Select(RefName.Parse)];
        await repository.Refs.UpdateAsync([.. refs.Select(r => new RefChange(r, null, Sample.Commit(1).Id))], null, Cancel);
        RefName[] clashes = [.. refs.Where(wanted.ClashesWith)];
        RefName? found = await repository.Refs.FindClashAsync([RefName.Parse("refs/heads/z"), wanted], new HashSet<RefName>(), Cancel);
        Assert.Equal(clashes.Length > 0, found is { } clash && clashes.Contains(clash));
        Assert.Equal(clashes.Length == 0, found is null);
        Assert.Null(await repository.Refs.FindClashAsync([wanted], clashes.ToHashSet(), Cancel));
        Assert.Equal(clashes.Skip(1).Cast<RefName?>().FirstOrDefault(), await repository.Refs.FindClashAsync([wanted], clashes.Take(1).ToHashSet(), Cancel));
    }

    [Fact]
    public async Task A_ref_stands_once_in_an_update()
    {
        IRepository repository = await RepositoryAsync();
        RefName a = RefName.Parse("refs/heads/a");
        await Assert.ThrowsAsync<ArgumentException>(async () =>
            await repository.Refs.UpdateAsync([new(a, null, Sample.Commit(1).Id), new(a, null, Sample.Commit(2).Id)], null, Cancel));
    }

    [Fact]
    public async Task The_default_branch_can_be_set_alone_and_needs_not_exist()
    {
        IRepository repository = await RepositoryAsync();
        RefUpdateResult result = await repository.Refs.UpdateAsync([], RefName.Parse("refs/heads/later"), Cancel);
        Assert.Equal(new RefUpdateResult(0, null), result);
        await ReopenAsync();
        Assert.Equal("refs/heads/later", (await (await RepositoryAsync()).Refs.ReadAsync(Cancel)).DefaultBranch?.Value);
    }

    [Fact]
    public async Task The_ref_log_tells_every_update_from_an_offset()
    {
        IRepository repository = await RepositoryAsync();
        RefName a = RefName.Parse("refs/heads/a");
        IReadOnlyList<LogEntry> line = Sample.Line(5);
        ObjectId? at = null;
        foreach (LogEntry entry in line)
        {
            await repository.Refs.UpdateAsync([new(a, at, entry.Id)], null, Cancel);
            at = entry.Id;
        }

        await ReopenAsync();
        repository = await RepositoryAsync();
        IReadOnlyList<RefUpdate> updates = (await repository.Refs.ReadLogAsync(1, 3, int.MaxValue, Cancel)).Updates;
        Assert.Equal([2L, 3L, 4L], updates.Select(u => u.Offset));
        Assert.Equal(new RefChange(a, line[0].Id, line[1].Id), Assert.Single(updates[0].Changes));
        Assert.True(updates[0].UnixMilliseconds > 0);
        Assert.Empty((await repository.Refs.ReadLogAsync(5, 10, int.MaxValue, Cancel)).Updates);
        Assert.Empty((await repository.Refs.ReadLogAsync(500, 10, int.MaxValue, Cancel)).Updates);
    }

    [Fact]
    public async Task Of_many_writers_of_one_ref_each_step_is_taken_by_one()
    {
        IRepository repository = await RepositoryAsync();
        RefName a = RefName.Parse("refs/heads/a");
        IReadOnlyList<LogEntry> line = Sample.Line(21);
        await repository.Refs.UpdateAsync([new(a, null, line[0].Id)], null, Cancel);
        int accepted = 0;
        await Parallel.ForEachAsync(Enumerable.Range(0, 8), Cancel, async (_, token) =>
        {
            for (int i = 0; i < 20; i++)
            {
                RefUpdateResult result = await repository.Refs.UpdateAsync([new(a, line[i].Id, line[i + 1].Id)], null, token);
                if (result.IsAccepted)
                {
                    Interlocked.Increment(ref accepted);
                }
            }
        });

        RefSnapshot refs = await repository.Refs.ReadAsync(Cancel);
        Assert.Equal(accepted + 1, refs.Offset);
        Assert.Equal(line[accepted].Id, Assert.Single(refs.Refs).Target);
        Assert.True(accepted >= 1);
    }
}
