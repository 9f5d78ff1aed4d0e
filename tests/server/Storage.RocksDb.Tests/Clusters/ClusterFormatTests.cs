using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.Storage.RocksDb.Clusters;

namespace Monorepo.Storage.RocksDb.Tests.Clusters;

public sealed class ClusterFormatTests
{
    [Theory]
    [InlineData(0UL, 1)]
    [InlineData(127UL, 1)]
    [InlineData(128UL, 2)]
    [InlineData(16_384UL, 3)]
    [InlineData(ulong.MaxValue, 10)]
    public void Numbers_come_back_and_every_truncation_is_refused(ulong value, int bytes)
    {
        byte[] buffer = new byte[Varint.BytesMax];
        Assert.Equal(bytes, Varint.Write(buffer, value));
        ReadOnlySpan<byte> rest = [.. buffer.AsSpan(0, bytes), 0xEE];
        Assert.True(Varint.TryTake(ref rest, out ulong read));
        Assert.Equal(value, read);
        Assert.Equal(1, rest.Length);
        for (int cut = 0; cut < bytes; cut++)
        {
            ReadOnlySpan<byte> shorter = buffer.AsSpan(0, cut);
            Assert.False(Varint.TryTake(ref shorter, out _));
        }
    }

    [Theory]
    [InlineData("8000")]
    [InlineData("ffffffffffffffffff02")]
    [InlineData("ffffffffffffffffffff01")]
    public void A_number_that_is_too_large_or_too_long_is_refused(string hex)
    {
        ReadOnlySpan<byte> rest = Convert.FromHexString(hex);
        Assert.False(Varint.TryTake(ref rest, out _));
    }

    [Fact]
    public void Places_come_back_and_every_truncation_and_addition_is_refused()
    {
        ObjectLocator[] places =
        [
            new(ObjectKind.Blob, ObjectForm.AloneRaw, 0, 0, 0),
            new(ObjectKind.Tree, ObjectForm.AloneZstd, ObjectEnvelope.SizeBytesMax, long.MaxValue, 0),
            new(ObjectKind.Commit, ObjectForm.Member, 250, 123_456, 0),
            new(ObjectKind.Tag, ObjectForm.Member, 250, 1, 254),
        ];
        foreach (ObjectLocator place in places)
        {
            byte[] buffer = new byte[ObjectLocator.BytesMax];
            byte[] encoded = buffer[..place.Write(buffer)];
            Assert.Equal(place, ObjectLocator.Decode(encoded));
            for (int cut = 0; cut < encoded.Length; cut++)
                AssertCorrupt(() => ObjectLocator.Decode(encoded.AsSpan(0, cut)));
            AssertCorrupt(() => ObjectLocator.Decode([.. encoded, 0]));
        }

        AssertCorrupt(static () => ObjectLocator.Decode([0x00, 1, 1]));
        AssertCorrupt(static () => ObjectLocator.Decode([0x33, 1, 1]));
        AssertCorrupt(static () => ObjectLocator.Decode([0x03, 0xff, 0xff, 0xff, 0xff, 0x0f, 1]));
    }

    [Fact]
    public void Every_truncation_of_a_cluster_is_refused()
    {
        byte[] bodies = [.. Enumerable.Repeat((byte)1, 100), .. Enumerable.Repeat((byte)2, 300)];
        ClusterMember[] members = [new(ObjectKind.Blob, 0, 100), new(ObjectKind.Tree, 100, 300)];
        byte[] value = ClusterValue.Encode(members, bodies);
        Assert.Equal(members, ClusterValue.ReadTable(value, out ReadOnlySpan<byte> whole));
        foreach (int wanted in new[] { 100, 400 })
        {
            byte[] decoded = new byte[wanted];
            ClusterValue.DecodeBodies(members, whole, decoded);
            Assert.Equal(bodies[..wanted], decoded);
        }

        for (int cut = 0; cut < value.Length; cut++)
        {
            AssertCorrupt(() =>
            {
                ClusterMember[] read = ClusterValue.ReadTable(value.AsSpan(0, cut), out ReadOnlySpan<byte> frame);
                ClusterValue.DecodeBodies(read, frame, new byte[400]);
            });
        }
    }

    [Fact]
    public void A_table_that_promises_more_than_a_cluster_holds_is_refused()
    {
        byte[] size = new byte[Varint.BytesMax];
        int bytes = Varint.Write(size, ((ulong)ClusterLimits.LargeBodiesBytesMax + 1) << 2);
        AssertCorrupt(() => ClusterValue.ReadTable([ClusterValue.Several, 1, .. size[..bytes]], out _));
        AssertCorrupt(static () => ClusterValue.ReadTable([ClusterValue.Several, 0, 0, 0], out _));
        AssertCorrupt(static () => ClusterValue.ReadTable([ClusterValue.Alone, 1, 4, 0], out _));
        AssertCorrupt(static () => ClusterValue.ReadAlone([ClusterValue.Several, 3, 0, 0, 0, 0]));
        AssertCorrupt(static () => ClusterValue.ReadAlone([ClusterValue.Alone, 3, 0, 0, 0]));

        // The frame holds less than the table says.
        byte[] bodies = new byte[100];
        byte[] value = ClusterValue.Encode([new(ObjectKind.Blob, 0, 100)], bodies);
        AssertCorrupt(() =>
        {
            ClusterMember[] members = [new(ObjectKind.Blob, 0, 100), new(ObjectKind.Blob, 100, 100), new(ObjectKind.Blob, 200, 900)];
            ClusterValue.ReadTable(value, out ReadOnlySpan<byte> frame);
            ClusterValue.DecodeBodies(members, frame, new byte[200]);
        });
    }

    private static void AssertCorrupt(Action read) =>
        Assert.Equal(StorageFailure.Corrupt, Assert.Throws<StorageException>(read).Failure);
}
