using System.Globalization;
using System.Text;

namespace Monorepo.Peers.Generating;

/// <summary>The commands of <c>git fast-import</c> that a generated history needs. Buffers a megabyte; flushed on disposal.</summary>
internal sealed class FastImportStream(Stream stream) : IDisposable
{
    private const int BufferBytes = 1 << 20;

    private readonly BufferedStream _stream = new(stream, BufferBytes);
    private int _marks;

    /// <returns>The mark of the blob.</returns>
    public int Blob(ReadOnlySpan<byte> text)
    {
        Text($"blob\nmark :{++_marks}\n");
        Data(text);
        return _marks;
    }

    /// <param name="reference">The branch that it goes onto.</param>
    /// <param name="people">Author and committer lines.</param>
    /// <param name="message">What it says.</param>
    /// <param name="from">The mark of its first parent; 0: the branch's tip.</param>
    /// <param name="merged">The mark of its second parent; 0: none.</param>
    /// <returns>The mark of the commit; its changes follow.</returns>
    public int Commit(string reference, string people, string message, int from, int merged)
    {
        Text($"commit {reference}\nmark :{++_marks}\n{people}");
        Data(Encoding.UTF8.GetBytes(message));
        if (from > 0)
            Text($"from :{from}\n");
        if (merged > 0)
            Text($"merge :{merged}\n");
        return _marks;
    }

    public void File(ReadOnlySpan<byte> path, ReadOnlySpan<byte> text)
    {
        _stream.Write("M 100644 inline "u8);
        _stream.Write(path);
        _stream.Write("\n"u8);
        Data(text);
    }

    public void File(ReadOnlySpan<byte> path, int blob)
    {
        Text($"M 100644 :{blob} ");
        _stream.Write(path);
        _stream.Write("\n"u8);
    }

    public void Tag(string name, int commit, string tagger)
    {
        Text($"tag {name}\nfrom :{commit}\n{tagger}");
        Data(Encoding.UTF8.GetBytes($"Release {name}\n"));
    }

    /// <summary>Forgets a branch; its commits stay where others lead to them.</summary>
    public void Delete(string reference) => Text($"reset {reference}\nfrom {new string('0', 40)}\n\n");

    public void Dispose()
    {
        _stream.Write("done\n"u8);
        _stream.Flush();
    }

    private void Data(ReadOnlySpan<byte> bytes)
    {
        Text(string.Create(CultureInfo.InvariantCulture, $"data {bytes.Length}\n"));
        _stream.Write(bytes);
        _stream.Write("\n"u8);
    }

    private void Text(string text)
    {
        Span<byte> bytes = stackalloc byte[1024];
        if (text.Length <= bytes.Length)
            _stream.Write(bytes[..Encoding.ASCII.GetBytes(text, bytes)]);
        else
            _stream.Write(Encoding.ASCII.GetBytes(text));
    }
}
