using System.Buffers;
using System.Buffers.Text;
using Monorepo.Native.Git2;
using Monorepo.Workspace.Grep;

namespace Monorepo.Cli.Output;

/// <summary>What is printed of a file that matches.</summary>
public enum GrepForm
{
    Lines,

    /// <summary>Only its name: <c>-l</c>.</summary>
    Names,

    /// <summary>The names of the others: <c>-L</c>.</summary>
    OtherNames,

    /// <summary>How many lines: <c>-c</c>.</summary>
    Counts,

    /// <summary>Nothing: <c>-q</c>.</summary>
    Nothing,
}

/// <param name="Form">What of a file.</param>
/// <param name="Numbers">Lines have their numbers in front.</param>
/// <param name="Names">Lines have the file's name in front.</param>
/// <param name="BinaryAsText">Lines of binary files are printed too; otherwise it is told that they match.</param>
/// <param name="SkipBinary">Binary files never match.</param>
public sealed record GrepStyle(GrepForm Form, bool Numbers, bool Names, bool BinaryAsText, bool SkipBinary);

/// <summary>Prints matching lines as <c>git grep</c> does. Not thread-safe: one for each worker.</summary>
public sealed class GrepLines(GrepPattern pattern, GrepStyle style)
{
    private readonly LineMatcher _matcher = new(pattern);
    private readonly ArrayBufferWriter<byte> _output = new();

    /// <summary>Searches a file.</summary>
    /// <param name="name">As it is printed.</param>
    /// <param name="content">The whole file.</param>
    /// <returns>What is to be printed, and whether the file counts as found.</returns>
    public (ReadOnlyMemory<byte> Output, bool IsHit) Search(ReadOnlySpan<byte> name, ReadOnlySpan<byte> content)
    {
        bool isBinary = !style.BinaryAsText && PatchFormatter.LooksBinary(content);
        if (isBinary && style.SkipBinary)
        {
            return (default, false);
        }

        _output.ResetWrittenCount();
        long count = 0;
        int number = 1;
        int counted = 0;
        for (int at = 0; _matcher.TryFind(content, at, out Range line);)
        {
            count++;
            if (style.Form is GrepForm.Names or GrepForm.OtherNames or GrepForm.Nothing)
            {
                break;
            }

            (int start, int length) = line.GetOffsetAndLength(content.Length);
            at = start + length + 1;
            if (style.Form == GrepForm.Counts)
            {
                continue;
            }

            if (isBinary)
            {
                _output.Write("Binary file "u8);
                _output.Write(name);
                _output.Write(" matches\n"u8);
                break;
            }

            number += content[counted..start].Count((byte)'\n');
            counted = start;
            WriteLine(name, number, content.Slice(start, length));
        }

        if (style.Form == GrepForm.Counts && count > 0)
        {
            WriteName(name, ":"u8);
            WriteNumber(count);
            _output.Write("\n"u8);
        }

        bool isHit = count > 0 != (style.Form == GrepForm.OtherNames);
        if (isHit && style.Form is GrepForm.Names or GrepForm.OtherNames)
        {
            _output.Write(name);
            _output.Write("\n"u8);
        }

        return (_output.WrittenSpan.ToArray(), isHit);
    }

    private void WriteLine(ReadOnlySpan<byte> name, int number, ReadOnlySpan<byte> line)
    {
        WriteName(name, ":"u8);
        if (style.Numbers)
        {
            WriteNumber(number);
            _output.Write(":"u8);
        }

        _output.Write(line);
        _output.Write("\n"u8);
    }

    private void WriteName(ReadOnlySpan<byte> name, ReadOnlySpan<byte> separator)
    {
        if (style.Names)
        {
            _output.Write(name);
            _output.Write(separator);
        }
    }

    private void WriteNumber(long number)
    {
        _ = Utf8Formatter.TryFormat(number, _output.GetSpan(20), out int written);
        _output.Advance(written);
    }
}
