using Monorepo.Storage.RocksDb.Layout;

namespace Monorepo.Storage.RocksDb.Tests.Layout;

public sealed class PathBlockTests
{
    [Fact]
    public void Every_change_comes_back_and_every_cut_inside_one_is_refused()
    {
        PathChange[] changes = [new(0, 0), new(1, 1), new(63, ulong.MaxValue), new(64, 0), new(1L << 40, 0), new((long.MaxValue >> 1) - 1, 1UL << 63)];
        byte[] block = new byte[changes.Length * PathBlock.ChangeBytesMax];
        int bytes = 0;
        List<int> ends = [];
        for (int i = 0; i < changes.Length; i++)
        {
            bytes += PathBlock.Write(block.AsSpan(bytes), i == 0 ? -1 : changes[i - 1].Position, changes[i]);
            ends.Add(bytes);
        }

        Assert.Equal(changes, Read(block.AsSpan(0, bytes)));
        for (int cut = 0; cut < bytes; cut++)
        {
            int whole = ends.IndexOf(cut) + 1;
            if (whole > 0)
                Assert.Equal(changes[..whole], Read(block.AsSpan(0, cut)));
            else
                Refuse(block[..cut]);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("0100")]
    [InlineData("8000")]
    [InlineData("00ffffffffffffffffff01")]
    [InlineData("01ffffffffffffffffff02")]
    [InlineData("01ffffffffffffffffffff01")]
    public void What_the_writer_never_writes_is_refused(string hex) => Refuse(Convert.FromHexString(hex));

    private static List<PathChange> Read(ReadOnlySpan<byte> block)
    {
        List<PathChange> changes = [];
        PathBlock.Read(block, changes);
        return changes;
    }

    private static void Refuse(byte[] block) =>
        Assert.Equal(StorageFailure.Corrupt, Assert.Throws<StorageException>(() => Read(block)).Failure);
}
