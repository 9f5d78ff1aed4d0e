using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.Storage.RocksDb.Clusters;

namespace Monorepo.Storage.RocksDb.Tests.Clusters;

public sealed class ClusterPackerTests
{
    private static readonly uint s_directory = ObjectLocality.Enter(ObjectLocality.RootDirectory, "src"u8);

    [Fact]
    public void Versions_of_a_path_lie_together_newest_first()
    {
        NewObject[] objects = [.. Enumerable.Range(0, 20).Select(i => New(i, 30_000, i % 2 == 0 ? "a"u8 : "b"u8))];
        List<PackedCluster> clusters = ClusterPacker.Pack(objects);
        Assert.Equal(4, clusters.Count);
        Assert.All(clusters, static c => Assert.True(c.BodiesBytes <= ClusterLimits.BodiesBytesMax));
        Assert.Equal([18, 16, 14, 12, 10, 8, 6, 4, 2, 0, 19, 17, 15, 13, 11, 9, 7, 5, 3, 1], Order(clusters, objects).OrderBy(static i => i % 2));
        Assert.All(clusters, c => Assert.Single(c.Objects.Select(o => Array.FindIndex(objects, n => n.Id == o.Id) % 2).Distinct()));
    }

    [Fact]
    public void Small_files_of_a_directory_share_a_cluster_and_other_directories_do_not()
    {
        uint other = ObjectLocality.Enter(ObjectLocality.RootDirectory, "lib"u8);
        NewObject[] objects =
        [
            .. Enumerable.Range(0, 10).Select(i => New(i, 1_000, [(byte)i])),
            .. Enumerable.Range(10, 10).Select(i => New(i, 1_000, [(byte)i]) with { Locality = ObjectLocality.Of(ObjectKind.Blob, other, [(byte)i]) }),
        ];
        List<PackedCluster> clusters = ClusterPacker.Pack(objects);
        Assert.Equal([10, 10], clusters.Select(static c => c.Objects.Count));
        Assert.All(clusters, c => Assert.Single(c.Objects.Select(o => Array.FindIndex(objects, n => n.Id == o.Id) / 10).Distinct()));

        // Once there is enough of them, the next name starts a cluster of its own.
        clusters = ClusterPacker.Pack([.. Enumerable.Range(0, 10).Select(i => New(i, 10_000, [(byte)i]))]);
        Assert.All(clusters, static c => Assert.InRange(c.BodiesBytes, 0, ClusterLimits.MixedBytesMax));
        Assert.InRange(clusters.Count, 4, 5);
    }

    [Fact]
    public void Counts_and_sizes_are_bounded()
    {
        List<PackedCluster> many = ClusterPacker.Pack([.. Enumerable.Range(0, 1_000).Select(i => New(i, 10, "a"u8))]);
        Assert.Equal([255, 255, 255, 235], many.Select(static c => c.Objects.Count));
        List<PackedCluster> large = ClusterPacker.Pack([.. Enumerable.Range(0, 5).Select(i => New(i, 200_000, "a"u8))]);
        Assert.Equal([4, 1], large.Select(static c => c.Objects.Count));
        List<PackedCluster> alone = ClusterPacker.Pack([.. Enumerable.Range(0, 2).Select(i => New(i, ClusterLimits.MemberBytesMax + 1, "a"u8))]);
        Assert.Equal([1, 1], alone.Select(static c => c.Objects.Count));
        Assert.All(alone, static c => Assert.True(c.IsAlone && !c.IsLoose));
    }

    [Fact]
    public void An_object_without_a_locality_lies_alone_in_its_own_envelope()
    {
        NewObject[] objects = [.. Enumerable.Range(0, 3).Select(i => New(i, 1_000, "a"u8) with { Locality = default })];
        List<PackedCluster> clusters = ClusterPacker.Pack([.. objects, objects[1]]);
        Assert.Equal(3, clusters.Count);
        Assert.All(clusters, static c => Assert.False(c.IsLoose));
        Assert.Equal(objects.Select(static o => o.Envelope), clusters.Select(static c => c.Value));
    }

    [Fact]
    public void A_single_version_is_compressed_and_loose()
    {
        byte[] body = new byte[5_000];
        ObjectLocality locality = ObjectLocality.Of(ObjectKind.Blob, s_directory, "a"u8);
        PackedCluster cluster = Assert.Single(ClusterPacker.Pack(
            [new NewObject(ObjectHasher.Hash(ObjectKind.Blob, body), ObjectEnvelope.Wrap(ObjectKind.Blob, body), locality)]));
        Assert.True(cluster.IsAlone && cluster.IsLoose);
        Assert.Equal(ObjectForm.AloneZstd, cluster.Form);
        Assert.Equal(body, ObjectEnvelope.Decode(cluster.Value.Span, out _));
    }

    private static NewObject New(int seed, int sizeBytes, ReadOnlySpan<byte> name)
    {
        byte[] body = new byte[sizeBytes];
        new Random(seed).NextBytes(body);
        return new NewObject(
            ObjectHasher.Hash(ObjectKind.Blob, body), ObjectEnvelope.Wrap(ObjectKind.Blob, body), ObjectLocality.Of(ObjectKind.Blob, s_directory, name));
    }

    private static IEnumerable<int> Order(List<PackedCluster> clusters, NewObject[] objects) =>
        clusters.SelectMany(static c => c.Objects).Select(o => Array.FindIndex(objects, n => n.Id == o.Id));
}
