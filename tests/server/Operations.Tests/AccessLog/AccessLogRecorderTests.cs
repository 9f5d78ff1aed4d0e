using Microsoft.Extensions.Logging.Abstractions;
using Monorepo.Blobs;
using Monorepo.Core;
using Monorepo.Operations.AccessLog;

namespace Monorepo.Operations.Tests.AccessLog;

public sealed class AccessLogRecorderTests
{
    private static readonly RepositoryName s_repository = RepositoryName.Parse("demo");

    [Fact]
    public async Task It_records_what_was_answered_and_by_which_tier()
    {
        using TemporaryFolder folder = new();
        await using AccessLogRecorder recorder = Open(folder.Path);
        ObjectId[] ids = [Id(1), Id(2), Id(3), Id(4)];
        BlobEntry[] entries = [BlobEntry.Found(new byte[7]), BlobEntry.Found(new byte[9]), BlobEntry.Missing, BlobEntry.Deferred];
        recorder.OnAnswered(s_repository, ids, entries, [0, 1, 1, 1], TimeSpan.Zero);
        await recorder.TurnOnAsync(new AccessLogSettings(), CancellationToken.None);
        recorder.OnAnswered(s_repository, ids, entries, [0, 1, 1, 1], TimeSpan.Zero);
        await recorder.FlushAsync(CancellationToken.None);

        Assert.Equal(
            [(Id(1), "memcached", 7u), (Id(2), "store", 9u), (Id(3), "store", 0u)],
            recorder.Files.Read(DateTimeOffset.UnixEpoch).Select(r => (r.Id, r.Tier, r.EnvelopeBytes)));
        Assert.Equal(3, recorder.State.Recorded);
        Assert.Equal(0, recorder.State.Dropped);
    }

    [Fact]
    public async Task Off_records_nothing_and_keeps_what_there_is()
    {
        using TemporaryFolder folder = new();
        await using AccessLogRecorder recorder = Open(folder.Path);
        await recorder.TurnOnAsync(new AccessLogSettings(), CancellationToken.None);
        Answer(recorder, Id(1));
        await recorder.TurnOffAsync(CancellationToken.None);
        Answer(recorder, Id(2));
        await recorder.FlushAsync(CancellationToken.None);
        Assert.Null(recorder.State.Settings);
        Assert.Equal([Id(1)], recorder.Files.Read(DateTimeOffset.UnixEpoch).Select(r => r.Id));
    }

    [Fact]
    public async Task A_sample_has_all_reads_of_an_object_or_none()
    {
        using TemporaryFolder folder = new();
        await using AccessLogRecorder recorder = Open(folder.Path);
        await recorder.TurnOnAsync(new AccessLogSettings(AccessLogSettings.AllKeys / 4), CancellationToken.None);
        ObjectId[] ids = [.. Enumerable.Range(0, 1_000).Select(Hashed)];
        foreach (ObjectId id in ids.Concat(ids))
            Answer(recorder, id);
        await recorder.FlushAsync(CancellationToken.None);

        Dictionary<ObjectId, int> reads = recorder.Files.Read(DateTimeOffset.UnixEpoch).CountBy(r => r.Id).ToDictionary();
        Assert.Equal(ids.Where(id => id.AsSpan()[18] < 64).ToHashSet(), reads.Keys.ToHashSet());
        Assert.All(reads.Values, count => Assert.Equal(2, count));
    }

    [Fact]
    public async Task It_is_on_again_after_a_restart_and_goes_on_in_a_new_file_after_what_a_kill_tore()
    {
        using TemporaryFolder folder = new();
        AccessLogSettings settings = new(AccessLogSettings.AllKeys, 4 << 20);
        await using (AccessLogRecorder first = Open(folder.Path))
        {
            await first.TurnOnAsync(settings, CancellationToken.None);
            Answer(first, Id(1));
        }

        string path = new AccessLogFiles(folder.Path).PathOf(1);
        long whole = new FileInfo(path).Length;
        await File.AppendAllBytesAsync(path, AccessLogFormat.Block([new AccessRecord(0, s_repository, Id(9), "store", 1)])[..20]);

        await using AccessLogRecorder second = Open(folder.Path);
        Assert.Equal(settings, second.State.Settings);
        Assert.Equal(whole, new FileInfo(path).Length);
        Answer(second, Id(2));
        await second.FlushAsync(CancellationToken.None);
        Assert.Equal(2, second.State.Files);
        Assert.Equal([Id(1), Id(2)], second.Files.Read(DateTimeOffset.UnixEpoch).Select(r => r.Id));
    }

    [Fact]
    public async Task The_oldest_files_go_when_all_are_over_the_limit()
    {
        using TemporaryFolder folder = new();
        await using AccessLogRecorder recorder = Open(folder.Path);
        await recorder.TurnOnAsync(new AccessLogSettings(AccessLogSettings.AllKeys, AccessLogSettings.BytesMin), CancellationToken.None);
        BlobEntry[] entries = [.. Enumerable.Repeat(BlobEntry.Found(new byte[1]), 10_000)];
        int next = 0;
        for (int round = 0; round < 20; round++)
        {
            recorder.OnAnswered(s_repository, [.. entries.Select(_ => Id(next++))], entries, new byte[entries.Length], TimeSpan.Zero);
            await recorder.FlushAsync(CancellationToken.None);
        }

        AccessLogState state = recorder.State;
        Assert.Equal(next, state.Recorded);
        Assert.InRange(state.Bytes, 1, AccessLogSettings.BytesMin + (64 << 10));
        ObjectId[] kept = [.. recorder.Files.Read(DateTimeOffset.UnixEpoch).Select(r => r.Id)];
        Assert.Equal(Id(next - 1), kept[^1]);
        Assert.DoesNotContain(Id(0), kept);
    }

    [Fact]
    public async Task A_folder_that_can_not_be_written_costs_records_and_is_told()
    {
        using TemporaryFolder folder = new();
        string path = Path.Combine(folder.Path, "log");
        await using AccessLogRecorder recorder = Open(path);
        await recorder.TurnOnAsync(new AccessLogSettings(), CancellationToken.None);
        Directory.Delete(path, recursive: true);
        Answer(recorder, Id(1));
        await recorder.FlushAsync(CancellationToken.None);
        Assert.Equal(1, recorder.State.Dropped);
        Assert.NotNull(recorder.State.Problem);

        Directory.CreateDirectory(path);
        Answer(recorder, Id(2));
        await recorder.FlushAsync(CancellationToken.None);
        Assert.Null(recorder.State.Problem);
        Assert.Equal([Id(2)], recorder.Files.Read(DateTimeOffset.UnixEpoch).Select(r => r.Id));
    }

    private static AccessLogRecorder Open(string folder) =>
        new(folder, ["memcached", "store"], TimeProvider.System, NullLogger<AccessLogRecorder>.Instance);

    private static void Answer(AccessLogRecorder recorder, ObjectId id) =>
        recorder.OnAnswered(s_repository, [id], [BlobEntry.Found(new byte[1])], [0], TimeSpan.Zero);

    private static ObjectId Hashed(int number) => ObjectHasher.Hash(ObjectKind.Blob, BitConverter.GetBytes(number));

    private static ObjectId Id(int number)
    {
        byte[] bytes = new byte[ObjectId.Size];
        BitConverter.TryWriteBytes(bytes, number);
        return new ObjectId(bytes);
    }
}
