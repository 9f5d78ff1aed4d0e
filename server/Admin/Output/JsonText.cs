using System.Text;
using System.Text.Json;

namespace Monorepo.Admin.Output;

/// <summary>JSON on one line.</summary>
internal static class JsonText
{
    /// <param name="write">Writes the members.</param>
    public static string Object(Action<Utf8JsonWriter> write) => Format(writer =>
    {
        writer.WriteStartObject();
        write(writer);
        writer.WriteEndObject();
    });

    /// <param name="items">One object each.</param>
    /// <param name="write">Writes an object's members.</param>
    public static string Array<T>(IEnumerable<T> items, Action<Utf8JsonWriter, T> write) => Format(writer =>
    {
        writer.WriteStartArray();
        foreach (T item in items)
        {
            writer.WriteStartObject();
            write(writer, item);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    });

    /// <summary>A member that is an array of objects.</summary>
    public static void WriteObjects<T>(this Utf8JsonWriter writer, string name, IEnumerable<T> items, Action<T> write)
    {
        writer.WriteStartArray(name);
        foreach (T item in items)
        {
            writer.WriteStartObject();
            write(item);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static string Format(Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
            write(writer);
        return Encoding.UTF8.GetString(buffer.ToArray());
    }
}
