namespace Monorepo.Storage.RocksDb.Clusters;

/// <summary>What bounds a cluster, and so what reading one old object may cost.</summary>
internal static class ClusterLimits
{
    /// <summary>Members; an ordinal is one byte.</summary>
    public const int MembersMax = 255;

    /// <summary>
    /// Bodies together. Half of it makes the two test histories' contents 40% larger; four times of it a fifth smaller, and old versions
    /// four times as dear: 256 KiB of versions decode in about 0.1 ms.
    /// </summary>
    public const int BodiesBytesMax = 256 << 10;

    /// <summary>Bodies together where single ones are large: then it takes up to <see cref="LargeMembers"/> of the first one's size.</summary>
    public const int LargeBodiesBytesMax = 1 << 20;

    public const int LargeMembers = 4;

    /// <summary>Above it an object lies alone.</summary>
    public const int MemberBytesMax = 512 << 10;

    /// <summary>Clusters with less than this take in other names of the same directory: few versions alone would compress as badly as one.</summary>
    public const int MixedBytesMax = 32 << 10;

    /// <summary>Clusters below it are listed in <c>loose</c>, to be folded with their like. Also the size from which values go to blob files,
    /// so that what is folded never leaves dead bytes there.</summary>
    public const int LooseBytesMax = 64 << 10;

    /// <summary>How many bytes of bodies a cluster that starts with a body of this size may hold.</summary>
    public static int BodiesBytes(int firstBytes) =>
        Math.Clamp(firstBytes <= LargeBodiesBytesMax ? LargeMembers * firstBytes : LargeBodiesBytesMax, BodiesBytesMax, LargeBodiesBytesMax);
}
