namespace Monorepo.Storage.RocksDb.Clusters;

/// <summary>A cluster that is ready to be written.</summary>
/// <param name="Value">For <c>clusters</c>; of one that is alone without its first byte.</param>
/// <param name="IsAlone">The value is one envelope.</param>
/// <param name="Objects">What it holds, in the order of its members.</param>
/// <param name="Locality">Of its first member.</param>
/// <param name="BodiesBytes">Decoded.</param>
internal readonly record struct PackedCluster(
    ReadOnlyMemory<byte> Value, bool IsAlone, IReadOnlyList<PackedObject> Objects, ObjectLocality Locality, int BodiesBytes)
{
    /// <summary>Small enough to be folded with others, and known where to.</summary>
    public bool IsLoose => !Locality.IsNone && BodiesBytes < ClusterLimits.LooseBytesMax && Objects.Count < ClusterLimits.MembersMax;

    public ObjectForm Form => !IsAlone ? ObjectForm.Member : Value.Span[0] >> 4 == 0 ? ObjectForm.AloneRaw : ObjectForm.AloneZstd;
}

/// <summary>An object of a <see cref="PackedCluster"/>.</summary>
internal readonly record struct PackedObject(Core.ObjectId Id, Core.ObjectKind Kind, int SizeBytes);
