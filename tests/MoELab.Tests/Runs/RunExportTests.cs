using System.Buffers.Binary;
using MoELab.Runs.Export;
using MoELab.Tests.Views;

namespace MoELab.Tests.Runs;

public sealed class RunExportTests
{
    [Fact]
    public void Csv_holds_every_value_in_full_precision()
    {
        var run = SyntheticRun.Create("csv", steps: 9);
        var path = run.PathOf("out.csv");
        Assert.Equal(9, RunExport.ToCsv(run, path));
        var rows = File.ReadAllLines(path).Select(l => l.Split(',')).ToArray();
        Assert.Equal(["step", .. run.Metrics.Names], rows[0]);
        foreach (var (name, c) in run.Metrics.Names.Select((n, i) => (n, i + 1)))
        {
            var column = run.Metrics[name];
            Assert.Equal(column.Count, rows.Skip(1).Count(r => r[c].Length > 0));
            foreach (var row in rows.Skip(1).Where(r => r[c].Length > 0))
                Assert.Equal(column.At(int.Parse(row[0])), double.Parse(row[c], CultureInfo.InvariantCulture));
        }
    }

    [Fact]
    public void TensorBoard_files_read_back()
    {
        var run = SyntheticRun.Create("board", steps: 12);
        var path = RunExport.ToTensorBoard(run, run.PathOf("tensorboard"));
        Assert.StartsWith("events.out.tfevents.", Path.GetFileName(path));

        var records = Records(File.ReadAllBytes(path)).ToList();
        Assert.Equal("brain.Event:2", Encoding.UTF8.GetString((byte[])Fields(records[0]).Single(f => f.Number == 3).Value));
        var scalars = records.Skip(1).Select(Scalar).ToList();
        Assert.Equal(run.Metrics.Names.Sum(n => run.Metrics[n].Values.Count(double.IsFinite)), scalars.Count);
        foreach (var (tag, step, value) in scalars)
            Assert.Equal((float)run.Metrics[tag].At((int)step), value);
    }

    // The check value of CRC-32C over "123456789" is E3069283; TFRecord rotates it by 15 and adds a constant.
    [Fact]
    public void The_checksum_is_Castagnolis()
    {
        const uint Crc = 0xE3069283;
        Assert.Equal(unchecked(((Crc >> 15) | (Crc << 17)) + 0xA282EAD8u), TensorBoardFile.MaskedCrc("123456789"u8));
    }

    private static IEnumerable<byte[]> Records(byte[] file)
    {
        for (var at = 0; at < file.Length;)
        {
            var length = (int)BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(at));
            Assert.Equal(TensorBoardFile.MaskedCrc(file.AsSpan(at, 8)), BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 8)));
            var payload = file.AsSpan(at + 12, length).ToArray();
            Assert.Equal(TensorBoardFile.MaskedCrc(payload), BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 12 + length)));
            yield return payload;
            at += 16 + length;
        }
    }

    private static (string Tag, long Step, float Value) Scalar(byte[] record)
    {
        var fields = Fields(record).ToDictionary(f => f.Number, f => f.Value);
        var value = Fields((byte[])Fields((byte[])fields[5]).Single().Value).ToDictionary(f => f.Number, f => f.Value);
        return (Encoding.UTF8.GetString((byte[])value[1]), (long)(ulong)fields[2], (float)value[2]);
    }

    private static IEnumerable<(int Number, object Value)> Fields(byte[] message)
    {
        for (var at = 0; at < message.Length;)
        {
            var key = (int)Varint(message, ref at);
            object value;
            switch (key & 7)
            {
                case 0:
                    value = Varint(message, ref at);
                    break;
                case 1:
                    value = BinaryPrimitives.ReadDoubleLittleEndian(message.AsSpan(at));
                    at += 8;
                    break;
                case 2:
                    var length = (int)Varint(message, ref at);
                    value = message.AsSpan(at, length).ToArray();
                    at += length;
                    break;
                default:
                    value = BinaryPrimitives.ReadSingleLittleEndian(message.AsSpan(at));
                    at += 4;
                    break;
            }
            yield return (key >> 3, value);
        }
    }

    private static ulong Varint(byte[] message, ref int at)
    {
        var value = 0ul;
        for (var shift = 0; ; shift += 7)
        {
            var next = message[at++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return value;
        }
    }
}
