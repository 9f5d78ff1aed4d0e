using Monorepo.Core;
using Monorepo.Formats.Protos;

namespace Monorepo.Admin.Output;

/// <summary>Prints ref updates: a line for each ref that moved, or a JSON object for each update.</summary>
internal sealed class RefLogPrinter(TextWriter output, bool json)
{
    private const int IdDigits = 12;

    public void Write(RefUpdateEntry update)
    {
        if (json)
        {
            output.WriteLine(ToJson(update));
            return;
        }

        string time = Time(update).ToString("yyyy-MM-dd HH:mm:ss");
        foreach (RefMove move in update.Moves)
            output.WriteLine($"{update.Offset} {time} {Short(Id(move.OldTarget))} -> {Short(Id(move.NewTarget))} {move.Name}");
    }

    public Task FlushAsync(CancellationToken cancellationToken) => output.FlushAsync(cancellationToken);

    private static DateTimeOffset Time(RefUpdateEntry update) => DateTimeOffset.FromUnixTimeMilliseconds(update.UnixMilliseconds);

    private static ObjectId? Id(Google.Protobuf.ByteString id)
    {
        if (id.Length != ObjectId.Size)
            return null;
        ObjectId parsed = new(id.Span);
        return parsed.IsNull ? null : parsed;
    }

    private static string Short(ObjectId? id) => id?.Abbreviate(IdDigits) ?? "none".PadRight(IdDigits);

    private static string ToJson(RefUpdateEntry update) => JsonText.Object(writer =>
    {
        writer.WriteNumber("offset", update.Offset);
        writer.WriteString("time", Time(update));
        writer.WriteStartArray("refs");
        foreach (RefMove move in update.Moves)
        {
            writer.WriteStartObject();
            writer.WriteString("name", move.Name);
            writer.WriteString("old", Id(move.OldTarget)?.ToString());
            writer.WriteString("new", Id(move.NewTarget)?.ToString());
            if (Id(move.Peeled) is { } peeled)
                writer.WriteString("peeled", peeled.ToString());
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    });
}
