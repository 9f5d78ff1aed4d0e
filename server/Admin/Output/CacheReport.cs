using Monorepo.Core;
using Monorepo.Formats.Protos;

namespace Monorepo.Admin.Output;

/// <summary>Says where an object is, and what was flushed.</summary>
internal static class CacheReport
{
    public static void WriteCopies(TextWriter output, ObjectId id, InspectObjectResponse response, bool json)
    {
        if (json)
        {
            output.WriteLine(JsonText.Object(writer =>
            {
                writer.WriteString("id", id.ToString());
                writer.WriteObjects("repositories", response.Repositories, found =>
                {
                    writer.WriteString("name", found.Repository);
                    writer.WriteObjects("copies", found.Copies, copy =>
                    {
                        writer.WriteString("tier", copy.Tier);
                        writer.WriteBoolean("present", copy.IsPresent);
                        writer.WriteString("node", Null(copy.Node));
                        writer.WriteString("kind", Null(copy.Kind));
                        writer.WriteNumber("size", copy.Size);
                        writer.WriteNumber("storedBytes", copy.StoredBytes);
                        writer.WriteString("codec", Null(copy.Codec));
                        writer.WriteBoolean("verified", copy.IsVerified);
                        writer.WriteString("problem", Null(copy.Problem));
                    });
                });
            }));
            return;
        }

        foreach (ObjectCopies found in response.Repositories)
        {
            output.WriteLine($"{id} in {found.Repository}");
            foreach (ObjectCopy copy in found.Copies)
                output.WriteLine($"  {copy.Tier,-12} {Describe(copy)}{(copy.Node.Length == 0 ? "" : $" on {copy.Node}")}");
        }
    }

    public static void WriteFlushed(TextWriter output, string repository, IReadOnlyList<ObjectId> ids, FlushCacheResponse response, bool json)
    {
        if (json)
        {
            output.WriteLine(JsonText.Object(writer =>
            {
                writer.WriteString("repository", repository);
                if (ids.Count == 0)
                    writer.WriteNumber("generation", response.Generation);
                else
                {
                    writer.WriteObjects("objects", ids.Zip(response.Objects), flushed =>
                    {
                        writer.WriteString("id", flushed.First.ToString());
                        writer.WriteBoolean("wasPresent", flushed.Second.WasPresent);
                        writer.WriteBoolean("isGone", flushed.Second.IsGone);
                        writer.WriteString("node", flushed.Second.Node);
                    });
                }
            }));
            return;
        }

        if (ids.Count == 0)
        {
            output.WriteLine($"Flushed everything of {repository}: its keys are of generation {response.Generation} now; other servers follow within 5 seconds");
            return;
        }

        foreach ((ObjectId id, FlushedObject flushed) in ids.Zip(response.Objects))
            output.WriteLine($"{id} {(!flushed.IsGone ? "not removed: no answer from" : flushed.WasPresent ? "removed from" : "was not on")} {flushed.Node}");
    }

    private static string Describe(ObjectCopy copy)
    {
        if (!copy.IsPresent)
            return copy.Problem.Length > 0 ? copy.Problem : "absent";
        string what = $"{copy.Kind} of {Quantities.Count(copy.Size)} bytes, stored as {Quantities.Count(copy.StoredBytes)} ({copy.Codec})";
        return copy.IsVerified ? what + ", verified" : $"{Quantities.Count(copy.StoredBytes)} bytes, damaged: {copy.Problem}";
    }

    private static string? Null(string text) => text.Length == 0 ? null : text;
}
