using Monorepo.Core;
using Monorepo.Operations.AccessLog;

namespace Monorepo.Operations.Tests.AccessLog;

public sealed class AccessLogFormatTests
{
    private static readonly AccessRecord[] s_records =
    [
        new(1_700_000_000_250, RepositoryName.Parse("team/demo"), Id(1), "memcached", 300),
        new(1_700_000_000_000, RepositoryName.Parse("team/demo"), Id(2), "store", 0),
    ];

    [Fact]
    public void The_bytes_are_the_format_s()
    {
        Assert.Equal(GoldenHeader, Convert.ToHexStringLower(AccessLogFormat.FileHeader(1_700_000_000_000, 4_096)));
        Assert.Equal(GoldenBlock, Convert.ToHexStringLower(AccessLogFormat.Block(s_records)));
    }

    private const string GoldenHeader = "4d524143434c310a0068e5cf8b010000001000001df10dd9";

    private const string GoldenBlock =
        "64000000360649070068e5cf8b0100000300097465616d2f64656d6f096d656d6361636865640573746f7265fa000000000001002c0100000100000000000000"
        + "0000000000000000000000000000000000000200000000000200000000000000000000000000000000000000";

    [Fact]
    public void A_block_reads_back_as_it_was()
    {
        byte[] block = AccessLogFormat.Block(s_records);
        List<AccessRecord> records = [];
        Assert.Equal(block.Length - AccessLogFormat.BlockHeaderBytes, AccessLogFormat.ReadPayloadBytes(block));
        Assert.True(AccessLogFormat.TryReadPayload(block, block.AsSpan(AccessLogFormat.BlockHeaderBytes), records));
        Assert.Equal(s_records, records);
    }

    [Fact]
    public void A_full_block_with_the_longest_strings_fits()
    {
        string name = string.Join('/', Enumerable.Repeat("abcdefghi", 20));
        AccessRecord[] records =
        [
            .. Enumerable.Range(0, AccessLogFormat.RecordsPerBlockMax)
                .Select(i => new AccessRecord(i, RepositoryName.Parse($"{i:D4}{name}"[..RepositoryName.LengthMax]), Id(i), $"{i}".PadLeft(255, 't'), 1)),
        ];
        byte[] block = AccessLogFormat.Block(records);
        List<AccessRecord> read = [];
        Assert.NotNull(AccessLogFormat.ReadPayloadBytes(block));
        Assert.True(AccessLogFormat.TryReadPayload(block, block.AsSpan(AccessLogFormat.BlockHeaderBytes), read));
        Assert.Equal(records, read);
    }

    [Fact]
    public void Of_a_file_cut_anywhere_the_whole_blocks_are_read()
    {
        using TemporaryFolder folder = new();
        byte[] first = AccessLogFormat.Block(s_records.AsSpan(0, 1));
        byte[] second = AccessLogFormat.Block(s_records.AsSpan(1, 1));
        byte[] file = [.. AccessLogFormat.FileHeader(0, AccessLogFormat.KeysOf), .. first, .. second];
        AccessLogFiles files = new(folder.Path);
        for (int cut = 0; cut <= file.Length; cut++)
        {
            File.WriteAllBytes(files.PathOf(1), file[..cut]);
            int whole = cut == file.Length ? 2 : cut >= file.Length - second.Length ? 1 : 0;
            Assert.Equal(s_records.Take(whole), files.Read(DateTimeOffset.UnixEpoch));

            int good = cut < AccessLogFormat.FileHeaderBytes ? 0
                : AccessLogFormat.FileHeaderBytes + (whole > 0 ? first.Length : 0) + (whole > 1 ? second.Length : 0);
            Assert.Equal(cut - good, files.CutTornTail());
            Assert.Equal(good, files.SizeOf(1));
            Assert.Equal(good > 0, File.Exists(files.PathOf(1)));
        }
    }

    [Fact]
    public void A_changed_byte_ends_the_file_and_not_the_next()
    {
        using TemporaryFolder folder = new();
        byte[] file = [.. AccessLogFormat.FileHeader(0, AccessLogFormat.KeysOf), .. AccessLogFormat.Block(s_records)];
        AccessLogFiles files = new(folder.Path);
        File.WriteAllBytes(files.PathOf(2), file);
        for (int at = 0; at < file.Length; at++)
        {
            byte[] changed = [.. file];
            changed[at] ^= 0x40;
            File.WriteAllBytes(files.PathOf(1), changed);
            Assert.Equal(s_records, files.Read(DateTimeOffset.UnixEpoch));
        }
    }

    [Fact]
    public void A_payload_that_names_strings_it_does_not_have_is_refused()
    {
        byte[] block = AccessLogFormat.Block(s_records);
        Span<byte> payload = block.AsSpan(AccessLogFormat.BlockHeaderBytes);
        payload[^28] = 9;
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(block.AsSpan(4), Formats.Checksum.Compute(payload));
        List<AccessRecord> records = [];
        Assert.False(AccessLogFormat.TryReadPayload(block, payload, records));
        Assert.Empty(records);
    }

    private static ObjectId Id(int number)
    {
        byte[] bytes = new byte[ObjectId.Size];
        BitConverter.TryWriteBytes(bytes, number);
        return new ObjectId(bytes);
    }
}
