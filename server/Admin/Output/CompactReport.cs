using Monorepo.Storage.RocksDb;

namespace Monorepo.Admin.Output;

/// <summary>Says what a compaction did, and what the store takes now.</summary>
/// <param name="Folded">Clusters that were folded.</param>
/// <param name="BytesBefore">Of all files of the data directory.</param>
/// <param name="BytesAfter">The same afterwards.</param>
/// <param name="Families">Sizes by column family.</param>
/// <param name="Elapsed">How long it took.</param>
internal sealed record CompactReport(
    CompactionProgress Folded, long BytesBefore, long BytesAfter, IReadOnlyList<ColumnFamilyStatistics> Families, TimeSpan Elapsed)
{
    public void Write(TextWriter output, bool json)
    {
        if (json)
        {
            output.WriteLine(ToJson());
            return;
        }

        output.WriteLine(
            $"Compacted {Quantities.Bytes(BytesBefore)} to {Quantities.Bytes(BytesAfter)} in {Elapsed.TotalSeconds:0.0} s; "
            + $"{Quantities.Count(Folded.ClustersFolded)} small clusters went into {Quantities.Count(Folded.ClustersMade)}");
        foreach (ColumnFamilyStatistics family in Families)
            output.WriteLine($"  {family.Name,-12} {Quantities.Bytes(family.TableFileBytes + family.BlobFileBytes),10} {Quantities.Count(family.Keys),14} entries");
    }

    private string ToJson() => JsonText.Object(writer =>
    {
        writer.WriteNumber("bytesBefore", BytesBefore);
        writer.WriteNumber("bytesAfter", BytesAfter);
        writer.WriteNumber("clustersFolded", Folded.ClustersFolded);
        writer.WriteNumber("clustersMade", Folded.ClustersMade);
        writer.WriteNumber("elapsedMs", (long)Elapsed.TotalMilliseconds);
        writer.WriteStartArray("columnFamilies");
        foreach (ColumnFamilyStatistics family in Families)
        {
            writer.WriteStartObject();
            writer.WriteString("name", family.Name);
            writer.WriteNumber("tableBytes", family.TableFileBytes);
            writer.WriteNumber("blobBytes", family.BlobFileBytes);
            writer.WriteNumber("entries", family.Keys);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    });
}
